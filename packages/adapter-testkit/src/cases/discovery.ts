import assert from "node:assert/strict";
import type { RelationDescription } from "@qianzhi/sdk";
import { isCode } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import { calm, comparable, over, pairs, readAll, withSource } from "../read.ts";

const typesOf = ({ columns }: RelationDescription) => columns.map(({ name, type }) => [name, type]);

/** What can be read, of what shape it is, and what reading it would cost. */
export function discoveryCases(harness: ConformanceHarness): readonly CaseBody[] {
  const table = pairs(
    harness,
    [
      ["1", "5"],
      ["2", "5"],
      ["3", null],
      ["4", null],
    ],
    "qz_described",
  );
  const integers = [
    ["id", harness.integer.type],
    ["c", harness.integer.type],
  ];
  return [
    {
      name: "a table is listed",
      protects: "`init` offers what there is to read",
      needs: ["discover"],
      run: () =>
        withSource(harness, ["discover"], async (source) => {
          const relation = await harness.createTable(table);
          const listed = await source.discover(calm());
          assert.ok(
            "table" in relation &&
              listed.some(
                ({ name, kind }) => name.at(-1) === relation.table.at(-1) && kind === "table",
              ),
          );
        }),
    },
    {
      name: "a table is described by its columns in order, nullability and key",
      protects: "`check` and the default key of a pipeline",
      needs: [],
      run: () =>
        withSource(harness, [], async (source) => {
          const described = await source.describe(await harness.createTable(table), calm());
          assert.deepEqual(typesOf(described), integers);
          assert.equal(described.columns[1]!.nullable, true, "a column that may be NULL");
          // A source that knows no keys describes none.
          if (described.key.length > 0) {
            assert.deepEqual(described.key, ["id"]);
            assert.equal(described.columns[0]!.nullable, false, "a key is never NULL");
          }
        }),
    },
    {
      name: "a table that has changed is described anew",
      protects: "a renamed or retyped column is found before it is read as something else",
      needs: [],
      run: () =>
        withSource(harness, [], async (source) => {
          const relation = await harness.createTable(table);
          await source.describe(relation, calm());
          const other = harness.types.find(({ type }) => type !== harness.integer.type);
          assert.ok(other, "the harness knows a type beside the integer");
          const columns = [
            { name: "id", type: harness.integer },
            { name: "renamed", type: other },
          ];
          await harness.createTable({ ...table, columns, rows: [] });
          assert.deepEqual(typesOf(await source.describe(relation, calm())), [
            ["id", harness.integer.type],
            ["renamed", other.type],
          ]);
        }),
    },
    {
      name: "a table that is not there is QZ_TABLE_NOT_FOUND",
      protects: "the operator is told which name to mend",
      needs: [],
      run: () =>
        withSource(harness, [], (source) =>
          assert.rejects(
            source.describe({ table: ["qz_no_such"] }, calm()),
            isCode("QZ_TABLE_NOT_FOUND"),
          ),
        ),
    },
    {
      name: "a view is listed as one and read as a table is",
      protects: "departments that hand out views alone",
      needs: ["discover", "scan", "view"],
      run: () =>
        withSource(harness, ["discover", "scan"], async (source) => {
          const relation = await harness.createTable(table);
          const view = await harness.createView!(relation);
          const listed = await source.discover(calm());
          assert.ok(
            "table" in view &&
              listed.some(({ name, kind }) => name.at(-1) === view.table.at(-1) && kind === "view"),
          );
          assert.deepEqual(typesOf(await source.describe(view, calm())), integers);
          assert.deepEqual(
            comparable(await readAll(source, { ...over(view, table, ["c", "id"]), pageRows: 2 })),
            comparable(await readAll(source, over(relation, table, ["c", "id"]))),
          );
        }),
    },
    {
      name: "a query is described, and read as a table is",
      protects: "pipelines over a query",
      needs: ["scan", "query"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const relation = await harness.createTable(table);
          const query = { query: harness.queryOver!(relation) };
          assert.deepEqual(typesOf(await source.describe(query, calm())), integers);
          const expected = comparable(await readAll(source, over(relation, table, ["c", "id"])));
          for (const text of [query.query, `${query.query}; `, `${query.query} -- a remark`]) {
            const request = over({ query: text }, table, ["c", "id"]);
            assert.deepEqual(
              comparable(await readAll(source, { ...request, pageRows: 2 })),
              expected,
            );
          }
        }),
    },
    {
      name: "a key that is not unique is found, NULLs aside",
      protects: "`check` refuses a key that would lose rows",
      needs: ["duplicateKey"],
      run: () =>
        withSource(harness, ["duplicateKey"], async (source) => {
          const relation = await harness.createTable(table);
          assert.equal(await source.duplicateKey(relation, ["id"], calm()), false);
          assert.equal(await source.duplicateKey(relation, ["c"], calm()), true);
          assert.equal(await source.duplicateKey(relation, ["c", "id"], calm()), false);
          await harness.createTable({ ...table, rows: table.rows.slice(1) });
          assert.equal(await source.duplicateKey(relation, ["c"], calm()), false, "NULL twice");
        }),
    },
    {
      name: "the maximum of a column is its greatest value, and null where there is none",
      protects: "the end of a poll by a number",
      needs: ["maximum"],
      run: () =>
        withSource(harness, ["maximum"], async (source) => {
          const relation = await harness.createTable(table);
          assert.equal(await source.maximum(relation, "c", calm()), 5);
          await harness.createTable({ ...table, rows: [["1", null]] });
          assert.equal(await source.maximum(relation, "c", calm()), null);
        }),
    },
    {
      name: "the cost of a page tells an index from a read of the whole table",
      protects: "a poll that scans a large table each time",
      needs: ["scan", "cost"],
      run: () =>
        withSource(harness, ["cost"], async (source) => {
          const rows = Array.from({ length: 500 }, (_, at) => [String(at + 1), String(at % 7)]);
          const relation = await harness.createTable({ ...table, rows });
          const request = { ...over(relation, table, ["id"]), pageRows: 10 };
          const byKey = await source.cost({ ...request, from: [490] }, calm());
          const byOther = await source.cost(
            { ...request, order: ["c", "id"], from: [3, 1] },
            calm(),
          );
          assert.ok(byKey !== null && byOther !== null, "the source says something");
          assert.ok(byKey.index !== null && !byKey.sorts, "a page by the key is led by its index");
          assert.ok(byOther.sorts || byOther.index === null, "a page by another column is not");
          assert.ok(byKey.rows < byOther.rows, "and looks at fewer rows");
        }),
    },
  ];
}
