import type { PositionValue, RawRow, RawValue, ScanPage, ScanRequest } from "@qianzhi/sdk";
import type { PageStatement } from "./select-page.ts";

/** The driver's rows, changed in place, as the page that was asked for. @param cut The statement had more of them. */
export function takePage(
  rows: unknown[][],
  statement: PageStatement,
  request: ScanRequest,
  cut = false,
): ScanPage {
  const isFull = rows.length > request.pageRows;
  if (isFull) rows.length = request.pageRows;
  const end = !isFull && !cut;
  const deleted = statement.deletedAt === undefined ? undefined : flags(rows, statement.deletedAt);
  convertRows(rows, statement);
  const tied =
    statement.tiedAt === undefined
      ? tiedByRaw(rows, statement, request.from)
      : leading(rows, statement.tiedAt);
  const extra =
    (statement.deletedAt === undefined ? 0 : 1) + (statement.tiedAt === undefined ? 0 : 1);
  if (extra > 0) for (const row of rows) row.length = statement.width;
  return { rows: rows as RawRow[], tied, end, ...(deleted === undefined ? {} : { deleted }) };
}

/** The driver's values, changed in place, in the raw form. */
export function convertRows(rows: unknown[][], { conversions }: PageStatement): RawRow[] {
  for (const { index, convert } of conversions) convertColumn(rows, index, convert);
  return rows as RawRow[];
}

/** True when a row that came for this statement may hold a text that is not the stored one. */
export function isDoubtful(rows: readonly unknown[][], { doubts }: PageStatement): boolean {
  return doubts.some(({ index, when }) =>
    rows.some((row) => {
      const value = row[index];
      return typeof value === "string" && when(value);
    }),
  );
}

function convertColumn(
  rows: unknown[][],
  index: number,
  convert: (value: unknown) => RawValue,
): void {
  for (const row of rows) {
    const value = row[index];
    if (value !== null) row[index] = convert(value);
  }
}

function flags(rows: unknown[][], index: number): Uint8Array {
  const result = new Uint8Array(rows.length);
  for (let at = 0; at < rows.length; at++) result[at] = Number(rows[at]![index]);
  return result;
}

function leading(rows: unknown[][], index: number): number {
  const other = rows.findIndex((row) => Number(row[index]) === 0);
  return other < 0 ? rows.length : other;
}

function tiedByRaw(
  rows: unknown[][],
  { orderAt }: PageStatement,
  from: readonly PositionValue[] | undefined,
): number {
  if (from === undefined || orderAt.length === 0) return 0;
  const wanted = from.map(bare);
  const other = rows.findIndex((row) =>
    wanted.some((value, at) => bare(row[orderAt[at]!]) !== value),
  );
  return other < 0 ? rows.length : other;
}

/** `1.50` and `1.5`, `10:00:00` and `10:00:00.000` are one value to every source. */
function bare(value: unknown): string {
  const text = String(value);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
