import assert from "node:assert/strict";
import { clockOf } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import { optionalMethods } from "../needs.ts";
import { calm, withSource } from "../read.ts";

/** What an adapter says of itself and of the server. */
export function adapterCases(
  harness: Pick<ConformanceHarness, "open" | "lacks">,
): readonly CaseBody[] {
  return [
    {
      name: "there is scan, list or changes",
      protects: "an adapter that opens and can read nothing",
      needs: [],
      run: () =>
        withSource(harness, [], async (source) =>
          assert.ok(source.scan ?? source.list ?? source.changes, "none of the three"),
        ),
    },
    {
      name: "nothing that is said to be lacking is there",
      protects: "a case left out although it could have been run",
      needs: [],
      run: () =>
        withSource(harness, [], async (source) =>
          assert.deepEqual(
            optionalMethods.filter(
              (method) => harness.lacks[method] !== undefined && source[method] !== undefined,
            ),
            [],
          ),
        ),
    },
    {
      name: "the probe tells product, version, clock and offset",
      protects: "what `check` and the settle time are based on",
      needs: [],
      run: () =>
        withSource(harness, [], async (source) => {
          const probe = await source.probe(calm());
          assert.ok(probe.product !== "" && probe.version !== "");
          assert.match(probe.now, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?$/);
          assert.match(probe.offset, /^[+-]\d\d:\d\d$/);
          assert.ok((await source.probe(calm())).now >= probe.now, "the clock goes forward");
        }),
    },
    {
      name: "the probe tells the same server twice by the same identity",
      protects: "a reconnection that is taken for a restored server reads everything again",
      needs: [],
      run: async () => {
        const identity = () =>
          withSource(harness, [], async (source) => (await source.probe(calm())).identity);
        assert.equal(await identity(), await identity());
      },
    },
    {
      name: "the clock is told in the offset that the probe names, whatever the configuration says",
      protects: "a horizon that lies hours ahead of the stamps",
      needs: [],
      run: async () => {
        const instant = (offset: string) =>
          withSource(
            harness,
            [],
            async (source) => {
              const probe = await source.probe(calm());
              return clockOf(probe) - minutesOf(probe.offset) * 60_000;
            },
            { offset },
          );
        const apart = (await instant("+05:30")) - (await instant("+08:00"));
        assert.ok(Math.abs(apart) < 60_000, `one moment is told ${apart} ms apart`);
      },
    },
  ];
}

const minutesOf = (offset: string): number =>
  Number(`${offset[0]}1`) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));
