import assert from "node:assert/strict";
import type { PositionValue, RawRow, RawValue, Relation, ScanRequest, Source } from "@qianzhi/sdk";
import type { ConformanceHarness } from "./harness.ts";
import type { OptionalMethod } from "./needs.ts";
import { testHost, type TestHostOptions } from "./test-host.ts";
import type { TestTable, TestType } from "./test-type.ts";

/** A signal that never aborts. */
export const calm = (): AbortSignal => new AbortController().signal;

/** A source that has these of the methods that an adapter may leave out. */
export type Offering<Method extends OptionalMethod> = Source & Required<Pick<Source, Method>>;

/** Opens the source for one case and closes it on every path. */
export async function withSource<Method extends OptionalMethod, T>(
  harness: Pick<ConformanceHarness, "open">,
  methods: readonly Method[],
  use: (source: Offering<Method>) => Promise<T>,
  options: TestHostOptions = {},
): Promise<T> {
  const source = await harness.open(testHost(options));
  try {
    return await use(offering(source, methods));
  } finally {
    await source.close();
  }
}

/** The source with its methods known to be there. */
export function offering<Method extends OptionalMethod>(
  source: Source,
  methods: readonly Method[],
): Offering<Method> {
  for (const method of methods)
    assert.equal(
      typeof source[method],
      "function",
      `the adapter has no ${method}, and lacks gives no reason for it`,
    );
  return source as Offering<Method>;
}

/** Puts a table into the source and describes it, as the engine does before each run: the table may be another one now. */
export async function place(
  harness: ConformanceHarness,
  source: Source,
  table: TestTable,
): Promise<Relation> {
  const relation = await harness.createTable(table);
  await source.describe(relation, calm());
  return relation;
}

/** The same rows in a form that compares by value: bytes as text. */
export const comparable = (rows: readonly RawRow[]): readonly (readonly unknown[])[] =>
  rows.map((row) =>
    row.map((value) =>
      value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString("hex")}` : value,
    ),
  );

/** Rows in an order of their own, for reads whose order says nothing. */
export const unordered = (rows: readonly RawRow[]): readonly string[] =>
  comparable(rows)
    .map((row) => JSON.stringify(row))
    .toSorted();

/** A raw value as a position, after the journey through JSON that every position makes. */
export function positionOf(value: RawValue | undefined): PositionValue {
  assert.ok(value !== null && value !== undefined, "a position is never made of NULL");
  const position =
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
  return throughJson(position);
}

/** What is left of a value that is written as JSON and read again. */
export const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** The order values of a row. */
export function positionsOf(
  row: RawRow,
  request: Pick<ScanRequest, "columns" | "order">,
): PositionValue[] {
  return request.order.map((name) =>
    positionOf(row[request.columns.findIndex((column) => column.name === name)]),
  );
}

/** Reads to the end as the engine does: each page from its predecessor's last row, which it must find first or not at all. */
export async function readAll(source: Offering<"scan">, request: ScanRequest): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for (let from = request.from, pages = 0; ; pages++) {
    assert.ok(pages <= 10_000, "the read does not come to its end");
    const page = await source.scan(from === undefined ? request : { ...request, from }, calm());
    assert.ok(
      page.rows.length <= request.pageRows,
      "a page holds no more rows than were asked for",
    );
    const last = rows.at(-1);
    const again = last === undefined ? 0 : page.tied;
    if (last !== undefined) {
      assert.equal(
        page.tied,
        1,
        "the last row of the page before comes first, and nothing else equals it",
      );
      assert.deepEqual(comparable([page.rows[0]!]), comparable([last]));
    }
    rows.push(...page.rows.slice(again));
    if (page.end) return rows;
    assert.ok(page.rows.length > again, "a page that is not the last brings a new row");
    from = positionsOf(page.rows.at(-1)!, request);
  }
}

/** A request over all columns of a table. */
export function over(
  relation: Relation,
  table: Pick<TestTable, "columns">,
  order: readonly string[],
): ScanRequest {
  return { relation, columns: table.columns.map(({ name }) => ({ name })), order, pageRows: 1_000 };
}

/** `count` rows of the harness's integer, from 1. */
export const numbered = (count: number): readonly (readonly string[])[] =>
  Array.from({ length: count }, (_, at) => [String(at + 1)]);

/** A table `id` and `c`, both of the harness's integer. */
export const pairs = (
  { integer }: ConformanceHarness,
  rows: TestTable["rows"],
  name = "qz_pair",
): TestTable => ({
  name,
  key: ["id"],
  rows,
  columns: [
    { name: "id", type: integer },
    { name: "c", type: integer },
  ],
});

/** A table `id` of the harness's integer alone. */
export const ids = (
  { integer }: ConformanceHarness,
  rows: TestTable["rows"],
  name = "qz_page",
): TestTable => ({ name, key: ["id"], rows, columns: [{ name: "id", type: integer }] });

/** A table `id` and `v`, the second of this type. */
export const valued = (
  { integer }: ConformanceHarness,
  type: TestType,
  rows: TestTable["rows"],
): TestTable => ({
  name: "qz_value",
  key: ["id"],
  rows,
  columns: [
    { name: "id", type: integer },
    { name: "v", type },
  ],
});

/** The values of a type as rows, numbered from 1. */
export const rowsOf = (type: TestType): readonly (readonly string[])[] =>
  type.values.map(({ write }, at) => [String(at + 1), write]);

/** The first column of each row. */
export const firsts = (rows: readonly RawRow[]): readonly RawValue[] => rows.map(([id]) => id!);

/** Numbers in their own order. */
export const byNumber = (a: unknown, b: unknown): number => Number(a) - Number(b);
