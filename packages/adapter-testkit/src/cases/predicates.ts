import assert from "node:assert/strict";
import type { ScanRequest } from "@qianzhi/sdk";
import type { ConformanceCase, ConformanceHarness, TestTable } from "../harness.ts";
import { calm, numbered, over, withSource, type Scannable } from "../read.ts";

/** `where`, the deletion marks, and point reads. */
export function predicateCases(harness: ConformanceHarness): readonly ConformanceCase[] {
  const table: TestTable = {
    name: "qz_where",
    key: ["id"],
    rows: [
      ["1", "0"],
      ["2", "9"],
      ["3", null],
    ],
    columns: [
      { name: "id", type: harness.integer },
      { name: "f", type: harness.integer },
    ],
  };
  const above = (number: number) => harness.above("f", number);
  const run =
    (
      check: (scan: (part: Partial<ScanRequest>) => ReturnType<Scannable["scan"]>) => Promise<void>,
    ) =>
    () =>
      withSource(harness, async (source) => {
        const relation = await harness.createTable(table);
        await check((part) => source.scan({ ...over(relation, table, ["id"]), ...part }, calm()));
      });
  const marks = async (page: ReturnType<Scannable["scan"]>) => {
    const { rows, deleted } = await page;
    return rows.map(([id], at) => [id, deleted?.[at]]);
  };
  return [
    {
      name: "`where` keeps the rows for which it is true; unknown is not true",
      protects: "rows outside the share reach the platform",
      needs: ["scan"],
      run: run(async (scan) => {
        assert.deepEqual((await scan({ where: above(5) })).rows, [[2, 9]]);
        assert.deepEqual((await scan({ where: `${above(5)} -- a remark` })).rows, [[2, 9]]);
        assert.deepEqual((await scan({ where: `${above(5)} OR ${above(-1)}`, from: [2] })).rows, [
          [2, 9],
        ]);
      }),
    },
    {
      name: "`deletedWhen` marks the rows for which it is true; unknown is not deleted",
      protects: "a NULL flag deletes a living record",
      needs: ["scan"],
      run: run(async (scan) =>
        assert.deepEqual(await marks(scan({ deletedWhen: above(5) })), [
          [1, 0],
          [2, 1],
          [3, 0],
        ]),
      ),
    },
    {
      name: "`keptWhen` marks the rows for which it is not true; unknown is not kept",
      protects: "a row that left the selection stays at the platform",
      needs: ["scan"],
      run: run(async (scan) =>
        assert.deepEqual(await marks(scan({ keptWhen: above(5) })), [
          [1, 1],
          [2, 0],
          [3, 1],
        ]),
      ),
    },
    {
      name: "`deletedWhen` outweighs `keptWhen`",
      protects: "a flagged row that still satisfies the selection",
      needs: ["scan"],
      run: run(async (scan) => {
        assert.deepEqual(await marks(scan({ deletedWhen: above(5), keptWhen: above(-1) })), [
          [1, 0],
          [2, 1],
          [3, 1],
        ]);
      }),
    },
    {
      name: "without deletion marks asked for there are none",
      protects: "a page that costs more than it must",
      needs: ["scan"],
      run: run(async (scan) => assert.equal((await scan({})).deleted, undefined)),
    },
    {
      name: "point reads return the rows that exist, those with NULL elsewhere too, and mark the deleted",
      protects: "a deletion is confirmed by a point read",
      needs: ["scan"],
      run: run(async (scan) => {
        const keys = { columns: ["id"], values: [[3], [77], [2]] };
        const page = await scan({ keys, order: ["f", "id"], deletedWhen: above(5) });
        const rows = page.rows
          .map(([id], at) => [id, page.deleted?.[at]])
          .toSorted((a, b) => Number(a[0]) - Number(b[0]));
        assert.deepEqual(rows, [
          [2, 1],
          [3, 0],
        ]);
        assert.deepEqual((await scan({ keys: { columns: ["id"], values: [] } })).rows, []);
      }),
    },
    {
      name: "500 keys are read at once, single or of two columns",
      protects: "the largest point read that the engine makes",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const many: TestTable = {
            ...table,
            name: "qz_many",
            rows: numbered(600).map(([id]) => [id!, "1"]),
          };
          const relation = await harness.createTable(many);
          const request = over(relation, many, []);
          const ids = numbered(500).map(([id]) => Number(id));
          const one = { columns: ["id"], values: ids.map((id) => [id]) };
          const two = { columns: ["f", "id"], values: ids.map((id) => [1, id]) };
          assert.equal((await source.scan({ ...request, keys: one }, calm())).rows.length, 500);
          assert.equal((await source.scan({ ...request, keys: two }, calm())).rows.length, 500);
        }),
    },
  ];
}
