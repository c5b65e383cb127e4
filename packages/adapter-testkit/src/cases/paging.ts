import assert from "node:assert/strict";
import type { PositionValue, ScanRequest } from "@qianzhi/sdk";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import {
  byNumber,
  calm,
  comparable,
  firsts,
  ids,
  numbered,
  over,
  pairs,
  positionsOf,
  readAll,
  withSource,
  type Offering,
} from "../read.ts";
import type { TestTable } from "../test-type.ts";

/** Pages as such: their ends, ties, bounds and NULLs. */
export function pagingCases(harness: ConformanceHarness): readonly CaseBody[] {
  /** A case over one table. */
  const reading = (
    table: TestTable,
    order: readonly string[],
    use: (source: Offering<"scan">, request: ScanRequest) => Promise<void>,
  ) => ({
    needs: ["scan"] as const,
    run: () =>
      withSource(harness, ["scan"], async (source) =>
        use(source, over(await harness.createTable(table), table, order)),
      ),
  });
  const sevens = pairs(harness, [
    ["1", "7"],
    ["2", "7"],
    ["3", "7"],
    ["4", "8"],
  ]);
  const even = ids(harness, [["2"], ["4"], ["6"]]);
  return [
    {
      name: "an empty table is one page, at its end",
      protects: "a scan that never ends or fails on an empty table",
      ...reading(ids(harness, []), ["id"], async (source, request) => {
        const page = await source.scan(request, calm());
        assert.deepEqual([page.rows, page.end, page.tied], [[], true, 0]);
      }),
    },
    {
      name: "a page ends the read exactly when no row follows it",
      protects: "a false end loses the rest of the table; a missing one reads it twice",
      ...reading(ids(harness, numbered(6)), ["id"], async (source, request) => {
        for (const [pageRows, end] of [
          [5, false],
          [6, true],
          [7, true],
        ] as const) {
          const page = await source.scan({ ...request, pageRows }, calm());
          const expected = [Math.min(pageRows, 6), end];
          assert.deepEqual([page.rows.length, page.end], expected, `pages of ${pageRows}`);
        }
      }),
    },
    {
      name: "a page of one row is that row, with a row to go on from and without",
      protects: "page sizes that adapt down to one",
      ...reading(even, ["id"], async (source, request) => {
        const first = await source.scan({ ...request, pageRows: 1 }, calm());
        assert.deepEqual([first.rows, first.tied, first.end], [[[2]], 0, false]);
        const again = await source.scan({ ...request, pageRows: 1, from: [4] }, calm());
        assert.deepEqual([again.rows, again.tied, again.end], [[[4]], 1, false]);
      }),
    },
    {
      name: "rows come in ascending order of the order columns, the first before the second",
      protects: "a position that stands behind rows not yet read",
      ...reading(
        pairs(harness, [
          ["1", "3"],
          ["2", "-1"],
          ["3", "10"],
          ["4", "-1"],
        ]),
        ["c", "id"],
        async (source, request) =>
          assert.deepEqual(firsts((await source.scan(request, calm())).rows), [2, 4, 1, 3]),
      ),
    },
    {
      name: "columns come in the order of the request, as often as they are named",
      protects: "values under the wrong item",
      ...reading(pairs(harness, [["1", "10"]]), ["id"], async (source, request) => {
        const columns = ["c", "id", "c"].map((name) => ({ name }));
        assert.deepEqual((await source.scan({ ...request, columns }, calm())).rows, [[10, 1, 10]]);
      }),
    },
    {
      name: "`from` finds its row first and counts it as tied; a vanished row is not replaced by its successor",
      protects: "the engine's check that the key is unique",
      ...reading(even, ["id"], async (source, request) => {
        const at = async (value: number) => {
          const { rows, tied } = await source.scan({ ...request, from: [value] }, calm());
          return [firsts(rows), tied];
        };
        assert.deepEqual(await at(4), [[4, 6], 1]);
        assert.deepEqual(await at(3), [[4, 6], 0]);
        assert.deepEqual(await at(7), [[], 0]);
      }),
    },
    {
      name: "all rows that compare equal to `from` are counted as tied",
      protects: "a key that is not unique is found out instead of losing rows",
      ...reading(sevens, ["c"], async (source, request) => {
        assert.equal((await source.scan({ ...request, from: [7] }, calm())).tied, 3);
        const unique = { ...request, order: ["c", "id"], from: [7, 2] };
        assert.equal((await source.scan(unique, calm())).tied, 1);
      }),
    },
    {
      name: "a run of equal cursor values that is longer than a page is read to its end",
      protects: "a bulk load that stamps a thousand rows alike",
      ...reading(
        pairs(
          harness,
          numbered(60).map(([id]) => [id!, Number(id) <= 50 ? "1" : "2"]),
        ),
        ["c", "id"],
        async (source, request) => {
          const rows = await readAll(source, { ...request, pageRows: 7 });
          assert.deepEqual(firsts(rows), numbered(60).map(Number));
        },
      ),
    },
    {
      name: "a key of three columns pages and bounds by all of them",
      protects: "composite keys",
      ...reading(
        {
          name: "qz_three",
          key: ["a", "b", "id"],
          rows: numbered(27).map(([id]) => [id!, String(Number(id) % 3), String(Number(id) % 2)]),
          columns: ["id", "a", "b"].map((name) => ({ name, type: harness.integer })),
        },
        ["a", "b", "id"],
        async (source, request) => {
          const whole = (await source.scan(request, calm())).rows;
          assert.deepEqual(await readAll(source, { ...request, pageRows: 4 }), whole);
          for (const [at, row] of whole.entries()) {
            const values = positionsOf(row, request);
            const below = { ...request, until: { values, inclusive: false } };
            assert.deepEqual((await source.scan(below, calm())).rows, whole.slice(0, at));
          }
        },
      ),
    },
    {
      name: "a read goes on from any page boundary on a source that is newly opened",
      protects: "a first load that goes on where it was stopped",
      needs: ["scan"],
      run: async () => {
        const table = pairs(
          harness,
          numbered(12).map(([id]) => [id!, String(Number(id) % 4)]),
        );
        const request = over(await harness.createTable(table), table, ["c", "id"]);
        const read = (from?: readonly PositionValue[]) =>
          withSource(harness, ["scan"], (source) =>
            readAll(source, { ...request, pageRows: 3, ...(from === undefined ? {} : { from }) }),
          );
        const whole = await read();
        for (const [at, row] of whole.entries())
          assert.deepEqual(await read(positionsOf(row, request)), whole.slice(at));
      },
    },
    {
      name: "a bound on the cursor alone takes or leaves all rows with that cursor",
      protects: "a poll up to the horizon",
      ...reading(sevens, ["c", "id"], async (source, request) => {
        const upTo = async (value: number, inclusive: boolean) =>
          firsts(
            (await source.scan({ ...request, until: { values: [value], inclusive } }, calm())).rows,
          );
        assert.deepEqual(await upTo(7, false), []);
        assert.deepEqual(await upTo(7, true), [1, 2, 3]);
        assert.deepEqual(await upTo(8, false), [1, 2, 3]);
      }),
    },
    {
      name: "a bound that no row has splits the rows all the same, and ends the read there",
      protects: "a bound whose row was deleted meanwhile",
      ...reading(even, ["id"], async (source, request) => {
        for (const inclusive of [true, false]) {
          const page = await source.scan({ ...request, until: { values: [5], inclusive } }, calm());
          assert.deepEqual([firsts(page.rows), page.end], [[2, 4], true]);
        }
        const beyond = { ...request, from: [5], until: { values: [3], inclusive: true } };
        const page = await source.scan(beyond, calm());
        assert.deepEqual([page.rows, page.end, page.tied], [[], true, 0], "and may lie below from");
      }),
    },
    {
      name: "an ordered read leaves out rows with NULL in its order, and `nulls` returns exactly those",
      protects: "each row is in one of the two reads, never in both or neither",
      ...reading(
        pairs(harness, [
          ["1", "5"],
          ["2", null],
          ["3", "6"],
          ["4", null],
        ]),
        ["c", "id"],
        async (source, request) => {
          assert.deepEqual(firsts(await readAll(source, { ...request, pageRows: 2 })), [1, 3]);
          const page = await source.scan({ ...request, order: [], nulls: ["c", "id"] }, calm());
          assert.deepEqual([firsts(page.rows).toSorted(byNumber), page.end], [[2, 4], true]);
        },
      ),
    },
    {
      name: "a row with NULL in several of the columns asked for is in `nulls` once",
      protects: "composite keys of which several parts are empty",
      needs: ["scan"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const table: TestTable = {
            name: "qz_nulls",
            key: ["id"],
            rows: [
              ["1", null, null],
              ["2", "1", null],
              ["3", "1", "1"],
            ],
            columns: ["id", "a", "b"].map((name) => ({ name, type: harness.integer })),
          };
          const relation = await harness.createTable(table);
          const page = await source.scan(
            { ...over(relation, table, []), nulls: ["a", "b"] },
            calm(),
          );
          assert.deepEqual(comparable(page.rows.toSorted(([a], [b]) => byNumber(a, b))), [
            [1, null, null],
            [2, 1, null],
          ]);
        }),
    },
  ];
}
