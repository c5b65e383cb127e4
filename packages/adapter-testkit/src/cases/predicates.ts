import assert from "node:assert/strict";
import type { ScanRequest } from "@qianzhi/sdk";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import { byNumber, calm, over, pairs, withSource, type Offering } from "../read.ts";

/** `where` and the deletion marks. */
export function predicateCases(harness: ConformanceHarness): readonly CaseBody[] {
  const table = pairs(
    harness,
    [
      ["1", "0"],
      ["2", "9"],
      ["3", null],
    ],
    "qz_where",
  );
  const above = (number: number) => harness.above!("c", number);
  type Scan = (part: Partial<ScanRequest>) => ReturnType<Offering<"scan">["scan"]>;
  const reading = (check: (scan: Scan) => Promise<void>) => ({
    needs: ["scan", "predicates"] as const,
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        const relation = await harness.createTable(table);
        await check((part) => source.scan({ ...over(relation, table, ["id"]), ...part }, calm()));
      }),
  });
  const marks = async (page: ReturnType<Scan>) => {
    const { rows, deleted } = await page;
    return rows.map(([id], at) => [id, deleted?.[at]]);
  };
  return [
    {
      name: "`where` keeps the rows for which it is true; unknown is not true",
      protects: "rows outside the share reach the platform",
      ...reading(async (scan) =>
        assert.deepEqual((await scan({ where: above(5) })).rows, [[2, 9]]),
      ),
    },
    {
      name: "`where` is one condition among others: a remark at its end or an OR in it frees no row",
      protects: "a predicate that swallows the bound beside it",
      ...reading(async (scan) => {
        const remark = { where: `${above(5)} -- a remark`, from: [2] };
        assert.deepEqual((await scan(remark)).rows, [[2, 9]]);
        const either = { where: `${above(5)} OR ${above(-1)}`, from: [2] };
        assert.deepEqual((await scan(either)).rows, [[2, 9]]);
      }),
    },
    {
      name: "`where` holds for point reads and for `nulls` too",
      protects: "a row outside the share that is read again by its key",
      ...reading(async (scan) => {
        const keys = { columns: ["id"], values: [[1], [2], [3]] };
        assert.deepEqual((await scan({ keys, order: [], where: above(5) })).rows, [[2, 9]]);
        assert.deepEqual((await scan({ nulls: ["c"], order: [], where: above(5) })).rows, []);
      }),
    },
    {
      name: "`deletedWhen` marks the rows for which it is true; unknown is not deleted",
      protects: "a NULL flag deletes a living record",
      ...reading(async (scan) =>
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
      ...reading(async (scan) =>
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
      ...reading(async (scan) =>
        assert.deepEqual(await marks(scan({ deletedWhen: above(5), keptWhen: above(-1) })), [
          [1, 0],
          [2, 1],
          [3, 1],
        ]),
      ),
    },
    {
      name: "a point read marks the deleted rows",
      protects: "a deletion that was flagged since is sealed as one",
      ...reading(async (scan) => {
        const keys = { columns: ["id"], values: [[2], [3]] };
        const page = scan({ keys, order: [], deletedWhen: above(5) });
        assert.deepEqual(
          (await marks(page)).toSorted(([a], [b]) => byNumber(a, b)),
          [
            [2, 1],
            [3, 0],
          ],
        );
      }),
    },
    {
      name: "without deletion marks asked for there are none",
      protects: "a page that costs more than it must",
      ...reading(async (scan) => assert.equal((await scan({})).deleted, undefined)),
    },
  ];
}
