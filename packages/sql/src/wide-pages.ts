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
