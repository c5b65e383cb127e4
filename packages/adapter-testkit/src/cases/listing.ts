import assert from "node:assert/strict";
import type { RawRow, Relation } from "@qianzhi/sdk";
import { isCode, promptly, recoversBy } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import { flatMemory, rowsTable, someRows } from "../many-rows.ts";
import {
  calm,
  comparable,
  ids,
  numbered,
  over,
  pairs,
  rowsOf,
  unordered,
  valued,
  withSource,
  type Offering,
} from "../read.ts";
import type { TestTable } from "../test-type.ts";

/** The engine stages a listing page by page: one that holds more rows than this is no page. */
const MOST_PAGE_ROWS = 10_000;

type Lister = Offering<"list">;

async function listAll(
  source: Lister,
  relation: Relation,
  columns: readonly { readonly name: string; readonly bytes?: boolean }[],
): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const page of source.list(relation, columns, calm())) rows.push(...page.rows);
  return rows;
}

/** Complete, unordered reads. */
export function listingCases(harness: ConformanceHarness): readonly CaseBody[] {
  const listing = (
    table: TestTable,
    use: (source: Lister, relation: Relation, all: () => Promise<RawRow[]>) => Promise<void>,
  ) => ({
    needs: ["list"] as const,
    run: () =>
      withSource(harness, ["list"], async (source) => {
        const relation = await harness.createTable(table);
        await use(source, relation, () =>
          listAll(source, relation, over(relation, table, []).columns),
        );
      }),
  });
  const fifty = ids(harness, numbered(50));
  const many = pairs(
    harness,
    numbered(3_001).map(([id]) => [id!, "7"]),
  );
  return [
    ...harness.types.map((type): CaseBody => {
      const table = valued(harness, type, [...rowsOf(type), ["0", null]]);
      return {
        name: `${type.native}: values and NULL are listed exactly, and the type is told`,
        protects:
          "a value that is rounded, cut or moved on the way is wrong at the platform for ever",
        ...listing(table, async (source, relation, all) => {
          const { columns } = await source.describe(relation, calm());
          assert.equal(columns.find(({ name }) => name === "v")?.type, type.type);
          const expected = type.values.map(({ read }, at): RawRow => [at + 1, read]);
          assert.deepEqual(unordered(await all()), unordered([...expected, [0, null]]));
        }),
      };
    }),
    {
      name: "every row is listed once",
      protects: "a row left out of a complete listing is deleted at the platform",
      ...listing(many, async (_source, _relation, all) => {
        const expected = many.rows.map(([id]) => [Number(id), 7]);
        assert.deepEqual(unordered(await all()), unordered(expected));
      }),
    },
    {
      name: "rows that are alike are all listed",
      protects: "tables without a key, whose rows count",
      ...listing(
        {
          ...pairs(harness, [
            ["1", "2"],
            ["1", "2"],
            ["1", null],
          ]),
          key: [],
        },
        async (_s, _r, all) =>
          assert.deepEqual(
            unordered(await all()),
            unordered([
              [1, 2],
              [1, 2],
              [1, null],
            ]),
          ),
      ),
    },
    {
      name: "an empty table lists nothing and ends",
      protects: "an empty source is told from one that fails",
      ...listing(ids(harness, []), async (_source, _relation, all) =>
        assert.deepEqual(await all(), []),
      ),
    },
    {
      name: "listed columns come in the order of the request, as often as they are named",
      protects: "values under the wrong item",
      ...listing(pairs(harness, [["1", "10"]]), async (source, relation) => {
        const columns = ["c", "id", "c"].map((name) => ({ name }));
        assert.deepEqual(await listAll(source, relation, columns), [[10, 1, 10]]);
      }),
    },
    {
      name: "a listing given a predicate holds the rows for which it is true; unknown is not true",
      protects: "rows outside the share reach the platform",
      needs: ["list", "scan", "predicates"],
      run: () =>
        withSource(harness, ["list", "scan"], async (source) => {
          const table = pairs(harness, [
            ["1", "3"],
            ["2", "9"],
            ["3", null],
          ]);
          const relation = await harness.createTable(table);
          const above = `${harness.above!("c", 5)} -- a remark`;
          const found: RawRow[] = [];
          for await (const { rows } of source.list(relation, [{ name: "id" }], calm(), above))
            found.push(...rows);
          assert.deepEqual(found, [[2]]);
        }),
    },
    {
      name: `a page of a listing holds ${MOST_PAGE_ROWS} rows at most`,
      protects: "memory that grows with the table",
      needs: ["list"],
      run: () =>
        withSource(harness, ["list"], async (source) => {
          const relation = await someRows(harness, 2 * MOST_PAGE_ROWS + 1);
          const sizes: number[] = [];
          for await (const { rows } of source.list(relation, [{ name: "id" }], calm()))
            sizes.push(rows.length);
          assert.equal(
            sizes.reduce((sum, size) => sum + size, 0),
            2 * MOST_PAGE_ROWS + 1,
          );
          assert.ok(Math.max(...sizes) <= MOST_PAGE_ROWS, `a page of ${Math.max(...sizes)} rows`);
        }),
    },
    {
      name: "listing does not keep what it has handed over",
      protects: "memory that grows with the table (I7)",
      needs: ["list", "text"],
      run: () =>
        withSource(harness, ["list"], async (source) => {
          const table = rowsTable(harness);
          await flatMemory(harness, async function* (relation) {
            yield* source.list(relation, over(relation, table, []).columns, calm());
          });
        }),
    },
    {
      name: "the stored bytes of a column whose charset is declared wrongly are listed",
      protects: "names in GBK that sit in a latin1 column",
      needs: ["list", "bytes"],
      run: () =>
        withSource(harness, ["list"], async (source) => {
          const type = harness.misdeclared!;
          const relation = await harness.createTable(valued(harness, type, rowsOf(type)));
          const rows = await listAll(source, relation, [{ name: "v", bytes: true }]);
          assert.deepEqual(unordered(rows), unordered(type.values.map(({ read }) => [read])));
        }),
    },
    {
      name: "a missing table and a missing column of a listing have codes of their own",
      protects: "the operator is told what to mend, and nothing counts as an empty table",
      ...listing(fifty, async (source, relation, all) => {
        const none = { table: ["qz_no_such"] };
        await assert.rejects(listAll(source, none, [{ name: "id" }]), isCode("QZ_TABLE_NOT_FOUND"));
        const missing = [{ name: "no_such" }];
        await assert.rejects(listAll(source, relation, missing), isCode("QZ_COLUMN_NOT_FOUND"));
        assert.equal((await all()).length, 50, "and the source still works");
      }),
    },
    {
      name: "a listing that nobody reads to its end leaves the source fit for the next",
      protects: "a stop in the middle of a load",
      ...listing(many, async (source, relation, all) => {
        for (let round = 0; round < 3; round++)
          for await (const page of source.list(relation, [{ name: "id" }], calm())) {
            assert.ok(page.rows.length > 0);
            break;
          }
        assert.equal((await promptly(all(), "the next listing")).length, many.rows.length);
      }),
    },
    {
      name: "a listing that is aborted before or while it runs rejects with QZ_CANCELLED",
      protects: "a listing that ends early and looks complete deletes what is missing",
      ...listing(many, async (source, relation, all) => {
        const columns = [{ name: "id" }];
        const read = async (stop: AbortController) => {
          for await (const page of source.list(relation, columns, stop.signal))
            if (page.rows.length >= 0) stop.abort();
        };
        const before = new AbortController();
        before.abort();
        await assert.rejects(promptly(read(before), "aborted before"), isCode("QZ_CANCELLED"));
        const stop = new AbortController();
        await assert.rejects(promptly(read(stop), "aborted while"), isCode("QZ_CANCELLED"));
        assert.equal((await all()).length, many.rows.length);
      }),
    },
    {
      name: "a listing whose connection ends never looks complete",
      protects: "half a listing that deletes the other half",
      needs: ["list", "sever"],
      run: () =>
        withSource(harness, ["list"], async (source) => {
          const relation = await someRows(harness, 50_000);
          let rows = 0;
          const read = async () => {
            for await (const page of source.list(relation, [{ name: "id" }], calm())) {
              if (rows === 0 && page.rows.length > 0) await harness.sever!();
              rows += page.rows.length;
            }
          };
          // What had arrived already when the connection ended may be read to its end: it is whole.
          const failure = await promptly(read(), "the rest").then(
            () => undefined,
            (error: unknown) => error,
          );
          if (failure === undefined) assert.equal(rows, 50_000, "half of it looked complete");
          else recoversBy("reconnect", "retry")(failure);
        }),
    },
    {
      name: "two listings of one table agree, one after another and side by side",
      protects: "absence from two listings is what deletes a row",
      ...listing(many, async (_source, _relation, all) => {
        const first = comparable(await all()).length;
        const [second, third] = await Promise.all([all(), all()]);
        assert.deepEqual([second.length, unordered(third)], [first, unordered(second)]);
      }),
    },
  ];
}
