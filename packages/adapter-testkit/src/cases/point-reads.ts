import assert from "node:assert/strict";
import type { PositionValue } from "@qianzhi/sdk";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import {
  byNumber,
  calm,
  firsts,
  numbered,
  over,
  pairs,
  withSource,
  type Offering,
} from "../read.ts";

/** Rows that are asked for by key: the sealing stage reads each nominated key again. */
export function pointReadCases(harness: ConformanceHarness): readonly CaseBody[] {
  const few = pairs(harness, [
    ["1", "0"],
    ["2", "9"],
    ["3", null],
  ]);
  const many = pairs(
    harness,
    numbered(600).map(([id]) => [id!, "1"]),
    "qz_many",
  );
  const reading = (
    table: typeof few,
    use: (
      read: (
        columns: readonly string[],
        values: readonly (readonly PositionValue[])[],
      ) => ReturnType<Offering<"scan">["scan"]>,
    ) => Promise<void>,
  ) => ({
    needs: ["scan"] as const,
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        const request = over(await harness.createTable(table), table, ["c", "id"]);
        await use((columns, values) =>
          source.scan({ ...request, keys: { columns, values } }, calm()),
        );
      }),
  });
  const keys500 = numbered(500).map(([id]) => Number(id));
  return [
    {
      name: "a point read returns the rows that exist, those with NULL elsewhere too",
      protects: "a deletion is confirmed by a point read",
      ...reading(few, async (read) =>
        assert.deepEqual(
          firsts((await read(["id"], [[3], [77], [2]])).rows).toSorted(byNumber),
          [2, 3],
        ),
      ),
    },
    {
      name: "a point read of no keys returns no row",
      protects: "an empty list that is read as no condition deletes or sends everything",
      ...reading(few, async (read) => assert.deepEqual((await read(["id"], [])).rows, [])),
    },
    {
      name: "a point read of one key twice returns its row once",
      protects: "a key nominated by two stages",
      ...reading(few, async (read) =>
        assert.deepEqual(firsts((await read(["id"], [[2], [2]])).rows), [2]),
      ),
    },
    {
      name: "500 keys are read at once",
      protects: "the largest point read that the engine makes",
      ...reading(many, async (read) =>
        assert.equal(
          (
            await read(
              ["id"],
              keys500.map((id) => [id]),
            )
          ).rows.length,
          500,
        ),
      ),
    },
    {
      name: "500 keys of two columns are read at once, and each matches in both",
      protects: "composite keys in the largest point read",
      ...reading(many, async (read) => {
        const values = keys500.map((id) => [id <= 400 ? 1 : 2, id]);
        assert.equal((await read(["c", "id"], values)).rows.length, 400);
      }),
    },
  ];
}
