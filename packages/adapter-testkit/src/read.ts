import assert from "node:assert/strict";
import type { PositionValue, RawRow, RawValue, ScanRequest, Source } from "@qianzhi/sdk";
import type { ConformanceHarness, TestTable } from "./harness.ts";

/** A signal that never aborts. */
export const calm = (): AbortSignal => new AbortController().signal;

/** Opens the source for one case and closes it on every path. */
export async function withSource<T>(
  harness: ConformanceHarness,
  use: (source: Scannable) => Promise<T>,
): Promise<T> {
  const source = await harness.open();
  try {
    return await use(source as Scannable);
  } finally {
    await source.close();
  }
}

export type Scannable = Source & Required<Pick<Source, "scan">>;

/** The same rows in a form that compares by value: bytes as text. */
export const comparable = (rows: readonly RawRow[]): readonly (readonly unknown[])[] =>
  rows.map((row) =>
    row.map((value) =>
      value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString("hex")}` : value,
    ),
  );

/** A raw value as a position, after the journey through JSON that every position makes. */
export function positionOf(value: RawValue | undefined): PositionValue {
  assert.ok(value !== null && value !== undefined, "a position is never made of NULL");
  const position =
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
  return JSON.parse(JSON.stringify(position)) as PositionValue;
}

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
export async function readAll(source: Scannable, request: ScanRequest): Promise<RawRow[]> {
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
  relation: ScanRequest["relation"],
  table: Pick<TestTable, "columns">,
  order: readonly string[],
): ScanRequest {
  return { relation, columns: table.columns.map(({ name }) => ({ name })), order, pageRows: 1_000 };
}

/** `count` rows of the harness's integer, from 1. */
export const numbered = (count: number): readonly (readonly string[])[] =>
  Array.from({ length: count }, (_, at) => [String(at + 1)]);
