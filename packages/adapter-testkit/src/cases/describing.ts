import assert from "node:assert/strict";
import type { ConformanceCase, ConformanceHarness, TestTable } from "../harness.ts";
import { calm, withSource } from "../read.ts";

/** Probe, discovery, key check and horizon. */
export function describingCases(harness: ConformanceHarness): readonly ConformanceCase[] {
  const table: TestTable = {
    name: "qz_described",
    key: ["id"],
    rows: [
      ["1", "5"],
      ["2", "5"],
      ["3", null],
      ["4", null],
    ],
    columns: [
      { name: "id", type: harness.integer },
      { name: "c", type: harness.integer },
    ],
  };
  return [
    {
      name: "the probe tells product, version, clock and offset",
      protects: "what `check` and the settle time are based on",
      needs: [],
      run: () =>
        withSource(harness, async (source) => {
          const probe = await source.probe(calm());
          assert.ok(probe.product !== "" && probe.version !== "");
          assert.match(probe.now, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?$/);
          assert.match(probe.offset, /^[+-]\d\d:\d\d$/);
          assert.ok((await source.probe(calm())).now >= probe.now, "the clock goes forward");
        }),
    },
    {
      name: "a table is listed, and described with its columns, nullability and key",
      protects: "`init`, `check` and the default key of a pipeline",
      needs: ["discover"],
      run: () =>
        withSource(harness, async (source) => {
          const relation = await harness.createTable(table);
          const listed = await source.discover!(calm());
          assert.ok(
            "table" in relation &&
              listed.some(
                ({ name, kind }) => name.at(-1) === relation.table.at(-1) && kind === "table",
              ),
          );
          const described = await source.describe(relation, calm());
          assert.deepEqual(
            described.columns.map(({ name, type }) => [name, type]),
            [
              ["id", "integer"],
              ["c", "integer"],
            ],
          );
          assert.deepEqual(
            described.columns.map(({ nullable }) => nullable),
            [false, true],
          );
          assert.deepEqual(described.key, ["id"]);
        }),
    },
    {
      name: "a key that is not unique is found, NULLs aside",
      protects: "`check` refuses a key that would lose rows",
      needs: ["duplicateKey"],
      run: () =>
        withSource(harness, async (source) => {
          const relation = await harness.createTable(table);
          assert.equal(await source.duplicateKey!(relation, ["id"], calm()), false);
          assert.equal(await source.duplicateKey!(relation, ["c"], calm()), true);
          assert.equal(await source.duplicateKey!(relation, ["c", "id"], calm()), false);
        }),
    },
    {
      name: "the horizon of a date-and-time column lies the settle time behind the source's clock",
      protects: "rows that are committed late",
      needs: ["horizon"],
      run: () =>
        withSource(harness, async (source) => {
          const type = harness.types.find((each) => each.type === "datetime")!;
          const stamped: TestTable = {
            name: "qz_stamped",
            key: ["id"],
            rows: [],
            columns: [
              { name: "id", type: harness.integer },
              { name: "t", type },
            ],
          };
          const relation = await harness.createTable(stamped);
          const { now: before } = await source.probe(calm());
          const { below, exact } = await source.horizon!(
            { relation, cursor: "t", settleMs: 3_600_000 },
            calm(),
          );
          const { now: after } = await source.probe(calm());
          const hour = (text: string) => Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`);
          assert.equal(exact, false);
          assert.ok(
            hour(String(below)) >= hour(before) - 3_601_000 &&
              hour(String(below)) <= hour(after) - 3_599_000,
          );
        }),
    },
  ];
}
