import type { Column } from "@qianzhi/sdk";

/*
 * Photographs and scanned papers stand in legacy tables: five thousand rows of them fill any memory. A page with a column
 * that may hold such values is taken from the statement's rows a few at a time, and is handed over shorter than asked when
 * it has grown to its size.
 */

/** What the values of a page take, as the driver gives them, before it is handed over. */
const PAGE_BYTES = 4 * 1024 * 1024;
/** Rows that are taken at once, beyond which a page may grow: one row of 2 MiB is a large photograph. */
export const WIDE_ROWS = 50;
/** A page begins with the last row of the one before: it holds one more, or nothing would ever move. */
const LEAST_ROWS = 2;
/** Longer values, in bytes or characters, fill memory when there are thousands. */
const WIDE_LENGTH = 32_768;
const unbounded: ReadonlySet<Column["type"]> = new Set(["binary", "json", "geometry"]);
/** Of texts without a length; plain `text` is what PostgreSQL calls any text. */
const wideTexts = /clob|long|xml|image|ntext/i;

/** Whether a column may hold values of any size. */
export function isWide({ type, length, native }: Column): boolean {
  if (length !== undefined) return length < 0 || length >= WIDE_LENGTH;
  return unbounded.has(type) || (type === "text" && wideTexts.test(native));
}

/**
 * Whether a column's texts have no length, though most of them are short: what PostgreSQL calls `text`. A cursor of the
 * server for each page of them would cost more than it is worth.
 */
export const isUnmeasured = (column: Column): boolean =>
  column.type === "text" &&
  column.length === undefined &&
  !shortTexts.test(column.native) &&
  !isWide(column);

/** What is read as a text and is short by its nature. */
const shortTexts = /^(uuid|uniqueidentifier|inet|cidr|macaddr8?|name|interval|time|year|bit)\b/i;

/** Rows of a relation with such columns that are asked for where none has been seen: at the beginning of each reading. */
export const UNSEEN_ROWS = 200;
const GROWTH = 4;

/**
 * How many rows of such a relation are asked for next: those that fit by what came, and not many more at once than before.
 *
 * @param fits Asked for now, unless the caller wanted fewer.
 */
export function fittingNext(
  fits: number,
  pageRows: number,
  rows: readonly (readonly unknown[])[],
): number {
  if (rows.length === 0) return fits;
  const bytes = rows.reduce((sum, row) => sum + sizeOf(row), 0);
  const most = Math.floor((PAGE_BYTES * rows.length) / Math.max(1, bytes));
  const grown = pageRows < fits ? fits : Math.max(UNSEEN_ROWS, rows.length * GROWTH);
  return Math.max(LEAST_ROWS, Math.min(most, grown));
}

/** The first rows of a statement; `cut` when they are not all. */
export async function takeWide(
  pages: AsyncGenerator<unknown[][], void>,
): Promise<{ readonly rows: unknown[][]; readonly cut: boolean }> {
  const rows: unknown[][] = [];
  let bytes = 0;
  for await (const some of pages)
    for (const row of some) {
      if (bytes >= PAGE_BYTES && rows.length >= LEAST_ROWS) return { rows, cut: true };
      rows.push(row);
      bytes += sizeOf(row);
    }
  return { rows, cut: false };
}

function sizeOf(row: readonly unknown[]): number {
  let size = 0;
  for (const value of row)
    if (typeof value === "string") size += value.length;
    else if (value instanceof Uint8Array) size += value.byteLength;
  return size;
}
