import assert from "node:assert/strict";
import { settleReasons, type PositionValue, type Source } from "@qianzhi/sdk";
import { clockOf, isCode, nextSecond, until } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import { stamped, stampedTable, withPoller } from "../poller.ts";
import { calm, offering, over, positionOf, valued, withSource } from "../read.ts";
import { withSession } from "../sessions.ts";
import { testHost } from "../test-host.ts";

const HOUR_MS = 3_600_000;

/** The stamp below which no uncommitted change can still appear, as far as the source can tell. */
export function horizonCases(harness: ConformanceHarness): readonly CaseBody[] {
  const ask = async (source: Source, settleMs: number, previous?: unknown) =>
    offering(source, ["horizon"]).horizon(
      {
        relation: await harness.createTable(stampedTable(harness)),
        cursor: "t",
        settleMs,
        ...(previous === undefined ? {} : { previous }),
      },
      calm(),
    );
  return [
    {
      name: "a horizon that is not exact lies the settle time behind the source's clock, and says why",
      protects: "rows that are committed late, where the source cannot tell of them",
      needs: ["horizon", "stamp"],
      run: () =>
        withSource(harness, [], async (source) => {
          const before = clockOf(await source.probe(calm()));
          const { below, exact, because } = await ask(source, HOUR_MS);
          const after = clockOf(await source.probe(calm()));
          // An adapter that is exact at its first poll says nothing of settling.
          if (exact) return assert.equal(because, undefined);
          assert.ok(because !== undefined && settleReasons.includes(because), `because ${because}`);
          const settled = clockOf({ now: String(below) });
          assert.ok(
            settled >= before - HOUR_MS - 1_000 && settled <= after - HOUR_MS,
            `${String(below)} is the clock less an hour, rounded down`,
          );
        }),
    },
    {
      name: "the horizon is a value that the cursor column can be compared with",
      protects: "a bound that the source refuses, or reads as another moment",
      needs: ["horizon", "scan", "stamp", "writes"],
      run: () =>
        withSource(harness, ["scan", "horizon"], async (source) => {
          const table = stampedTable(harness);
          const relation = await harness.createTable(table);
          const { below } = await source.horizon({ relation, cursor: "t", settleMs: 0 }, calm());
          await nextSecond(source);
          await withSession(harness, (session) => session.insert(table, stamped(harness, 1)));
          const rows = async (inclusive: boolean, values: readonly PositionValue[]) => {
            const request = { ...over(relation, table, ["t", "id"]), until: { values, inclusive } };
            return (await source.scan(request, calm())).rows;
          };
          assert.deepEqual(await rows(false, [below]), [], "a later stamp is not below it");
          const [[, stamp] = []] = (await source.scan(over(relation, table, ["t", "id"]), calm()))
            .rows;
          assert.equal((await rows(true, [positionOf(stamp)])).length, 1);
        }),
    },
    {
      name: "a text column has no horizon: QZ_CURSOR_TYPE",
      protects: "a cursor that no clock stamps",
      needs: ["horizon", "text"],
      run: () =>
        withSource(harness, ["horizon"], async (source) => {
          const relation = await harness.createTable(valued(harness, harness.text!, []));
          const request = { relation, cursor: "v", settleMs: 0 };
          await assert.rejects(source.horizon(request, calm()), isCode("QZ_CURSOR_TYPE"));
        }),
    },
    {
      name: "a memory that is not its own is no memory",
      protects: "an adapter that was replaced by another version between two polls",
      needs: ["horizon", "stamp"],
      run: () =>
        withSource(harness, [], async (source) => {
          for (const previous of [null, 7, "old", {}, { sessions: "?" }, [[]]]) {
            const { below, exact } = await ask(source, HOUR_MS, previous);
            assert.ok(
              exact || clockOf({ now: String(below) }) > 0,
              "and a horizon comes all the same",
            );
          }
        }),
    },
    {
      name: "an idle source's horizon is exact and follows its clock",
      protects: "an exact horizon that is never reached delays every record by the settle time",
      needs: ["horizon", "scan", "exact horizon"],
      run: () =>
        withPoller(harness, async (poller) => {
          await poller.pollExact();
          await withSession(harness, (session) =>
            session.insert(stampedTable(harness), stamped(harness, 1)),
          );
          await poller.pollPast(1);
        }),
    },
    {
      name: "who holds the horizon back is named, and since when",
      protects: "`status` tells the DBA which session to look at",
      needs: ["horizon", "scan", "exact horizon", "transactions"],
      run: () =>
        withPoller(harness, (poller) =>
          withSession(harness, async (session) => {
            await poller.pollExact();
            await session.begin!();
            await session.insert(stampedTable(harness), stamped(harness, 1));
            await poller.nextSecond();
            // An answer of a moment ago may be given once more: it is as safe, but does not know of the session yet.
            let { heldBy } = await poller.poll();
            await until(async () => {
              heldBy ??= (await poller.poll()).heldBy;
              return heldBy !== undefined;
            }, "the session is named");
            assert.ok(heldBy !== undefined && heldBy.session !== "");
            assert.match(heldBy.since, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
            await session.rollback!();
          }),
        ),
    },
    {
      name: "an account that may not see other sessions gets the settle time, and the grant that is missing",
      protects: "a listing that is empty for want of a privilege and reads as silence",
      needs: ["horizon", "stamp", "blind account"],
      run: async () => {
        const source = await harness.openBlind!(testHost());
        try {
          const { memory } = await ask(source, HOUR_MS);
          const { exact, because, grant } = await ask(source, HOUR_MS, memory);
          assert.deepEqual([exact, because], [false, "privilege"]);
          assert.ok(grant !== undefined && grant !== "", "the statement for the DBA");
        } finally {
          await source.close();
        }
      },
    },
  ];
}
