import assert from "node:assert/strict";
import type { ConformanceCase, ConformanceHarness, TestTable } from "../harness.ts";
import { calm, comparable, numbered, over, positionOf, readAll, withSource } from "../read.ts";

const idTable = (harness: ConformanceHarness, rows: TestTable["rows"]): TestTable => ({
  name: "qz_page",
  key: ["id"],
  rows,
  columns: [{ name: "id", type: harness.integer }],
});

const pairTable = (harness: ConformanceHarness, rows: TestTable["rows"]): TestTable => ({
  name: "qz_pair",
  key: ["id"],
  rows,
  columns: [
    { name: "id", type: harness.integer },
    { name: "c", type: harness.integer },
  ],
});

/** Pages as such: their ends, ties, NULLs, and the columns in them. */
export function pagingCases(harness: ConformanceHarness): readonly ConformanceCase[] {
  return [
    {
      name: "an empty table is one page, at its end",
      protects: "a scan that never ends or fails on an empty table",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const table = idTable(harness, []);
          const relation = await harness.createTable(table);
          const page = await source.scan(over(relation, table, ["id"]), calm());
          assert.deepEqual([page.rows, page.end, page.tied], [[], true, 0]);
        }),
    },
    {
      name: "a page ends the read exactly when no row follows it",
      protects: "a false end loses the rest of the table; a missing one reads it twice",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const table = idTable(harness, numbered(6));
          const relation = await harness.createTable(table);
          for (const [pageRows, end] of [
            [1, false],
            [5, false],
            [6, true],
            [7, true],
          ] as const) {
            const page = await source.scan({ ...over(relation, table, ["id"]), pageRows }, calm());
            assert.deepEqual(
              [page.rows.length, page.end],
              [Math.min(pageRows, 6), end],
              `pages of ${pageRows}`,
            );
          }
        }),
    },
    {
      name: "columns come in the order of the request, as often as they are named",
      protects: "values under the wrong item",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const table = pairTable(harness, [["1", "10"]]);
          const relation = await harness.createTable(table);
          const columns = ["c", "id", "c"].map((name) => ({ name }));
          assert.deepEqual(
            (await source.scan({ relation, columns, order: ["id"], pageRows: 9 }, calm())).rows,
            [[10, 1, 10]],
          );
        }),
    },
    {
      name: "`from` finds its row first and counts it as tied; a vanished row is not replaced by its successor",
      protects: "the engine's check that the key is unique",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const table = idTable(harness, [["1"], ["3"], ["5"]]);
          const relation = await harness.createTable(table);
          const request = over(relation, table, ["id"]);
          const at = async (value: number) => {
            const { rows, tied } = await source.scan({ ...request, from: [value] }, calm());
            return [rows.map(([id]) => id), tied];
          };
          assert.deepEqual(await at(3), [[3, 5], 1]);
          assert.deepEqual(await at(2), [[3, 5], 0]);
          assert.deepEqual(await at(6), [[], 0]);
        }),
    },
    {
      name: "all rows that compare equal to `from` are counted as tied",
      protects: "a key that is not unique is found out instead of losing rows",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const table = pairTable(harness, [
            ["1", "7"],
            ["2", "7"],
            ["3", "7"],
            ["4", "8"],
          ]);
          const relation = await harness.createTable(table);
          assert.equal(
            (await source.scan({ ...over(relation, table, ["c"]), from: [7] }, calm())).tied,
            3,
          );
          assert.equal(
            (await source.scan({ ...over(relation, table, ["c", "id"]), from: [7, 2] }, calm()))
              .tied,
            1,
          );
        }),
    },
    {
      name: "values that the source compares as equal are tied, however they are written",
      protects: "collations decide about equality, not bytes",
      needs: ["scan", "equal values"],
      run: () =>
        withSource(harness, async (source) => {
          for (const type of harness.types.filter(({ values }) =>
            values.some(({ sameAsPrevious }) => sameAsPrevious),
          )) {
            const at = type.values.findIndex(({ sameAsPrevious }) => sameAsPrevious);
            const pair = type.values.slice(at - 1, at + 1);
            const table: TestTable = {
              name: "qz_same",
              key: ["id"],
              rows: pair.map(({ write }, id) => [String(id), write]),
              columns: [
                { name: "id", type: harness.integer },
                { name: "v", type },
              ],
            };
            const relation = await harness.createTable(table);
            const page = await source.scan(
              { ...over(relation, table, ["v"]), from: [positionOf(pair[0]!.read)] },
              calm(),
            );
            assert.equal(page.tied, 2, type.name);
          }
        }),
    },
    {
      name: "an ordered read leaves out rows with NULL in its order, and `nulls` returns exactly those",
      protects: "each row is in one of the two reads, never in both or neither",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const table = pairTable(harness, [
            ["1", "5"],
            ["2", null],
            ["3", "6"],
            ["4", null],
          ]);
          const relation = await harness.createTable(table);
          const request = over(relation, table, ["c", "id"]);
          const ids = (rows: readonly (readonly unknown[])[]) =>
            rows.map(([id]) => id).toSorted((a, b) => Number(a) - Number(b));
          assert.deepEqual(ids(await readAll(source, { ...request, pageRows: 2 })), [1, 3]);
          const page = await source.scan({ ...request, order: [], nulls: ["c", "id"] }, calm());
          assert.deepEqual([ids(page.rows), page.end], [[2, 4], true]);
        }),
    },
    {
      name: "rows added behind the position appear, rows added before it do not, and none comes twice",
      protects: "a table that changes while it is read",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const rows = [["10"], ["20"], ["30"]];
          const relation = await harness.createTable(idTable(harness, rows));
          const request = { ...over(relation, idTable(harness, []), ["id"]), pageRows: 2 };
          const first = await source.scan(request, calm());
          await harness.createTable(idTable(harness, [...rows, ["5"], ["40"]]));
          const rest = await readAll(source, {
            ...request,
            from: [positionOf(first.rows.at(-1)![0])],
          });
          assert.deepEqual(
            rest.map(([id]) => id),
            [20, 30, 40],
          );
        }),
    },
    {
      name: "two scans at the same time on one source do not disturb each other",
      protects: "rows of one answer in another",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const table = idTable(harness, numbered(50));
          const relation = await harness.createTable(table);
          const request = over(relation, table, ["id"]);
          const [low, high] = await Promise.all([
            readAll(source, { ...request, pageRows: 3, until: { values: [25], inclusive: true } }),
            readAll(source, { ...request, pageRows: 4, from: [26] }),
          ]);
          assert.deepEqual([low.length, high.length, high[0]], [25, 25, [26]]);
        }),
    },
    {
      name: "a query is read as a table is",
      protects: "pipelines over a query",
      needs: ["scan", "query"],
      run: () =>
        withSource(harness, async (source) => {
          const table = pairTable(
            harness,
            numbered(9).map(([id]) => [id!, "3"]),
          );
          const relation = await harness.createTable(table);
          const query = { query: harness.queryOver!(relation) };
          const described = await source.describe(query, calm());
          assert.deepEqual(
            described.columns.map(({ name, type }) => [name, type]),
            [
              ["id", "integer"],
              ["c", "integer"],
            ],
          );
          const request = over(query, table, ["c", "id"]);
          const expected = comparable(await readAll(source, over(relation, table, ["c", "id"])));
          assert.deepEqual(
            comparable(await readAll(source, { ...request, pageRows: 2 })),
            expected,
          );
        }),
    },
    {
      name: "the stored bytes of a column whose charset is declared wrongly arrive, and order its pages",
      protects: "names in GBK that sit in a latin1 column",
      needs: ["scan", "bytes"],
      run: () =>
        withSource(harness, async (source) => {
          const type = harness.misdeclared!;
          const table: TestTable = {
            name: "qz_bytes",
            key: ["id"],
            rows: type.values.map(({ write }, at) => [String(at), write]),
            columns: [
              { name: "id", type: harness.integer },
              { name: "v", type },
            ],
          };
          const relation = await harness.createTable(table);
          const columns = [{ name: "id" }, { name: "v", bytes: true }];
          const byId = await readAll(source, { relation, columns, order: ["id"], pageRows: 2 });
          assert.deepEqual(
            comparable(byId.map((row) => [row[1]!])),
            comparable(type.values.map(({ read }) => [read])),
          );
          const byValue = { relation, columns, order: ["v", "id"], pageRows: 1_000 };
          const whole = comparable((await source.scan(byValue, calm())).rows);
          assert.deepEqual(comparable(await readAll(source, { ...byValue, pageRows: 2 })), whole);
          const key = { columns: ["v"], values: [[positionOf(byId[0]![1])]] };
          assert.deepEqual(
            comparable((await source.scan({ ...byValue, keys: key }, calm())).rows),
            comparable([byId[0]!]),
          );
        }),
    },
  ];
}
