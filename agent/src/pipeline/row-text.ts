import type { PositionValue, RawRow, RawValue } from "@qianzhi/sdk";

/** A raw value in the form that survives JSON, in which positions and source keys are kept. */
export function toPosition(value: RawValue): PositionValue | null {
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
}

/** The source key of a row as text: equal texts mean equal keys, byte by byte. Null when a part is NULL, or without a key. */
export function sourceKeyOf(keyIndexes: readonly number[]): (row: RawRow) => string | null {
  if (keyIndexes.length === 0) return () => null;
  const only = keyIndexes[0];
  if (keyIndexes.length === 1 && only !== undefined)
    return (row) => {
      const value = row[only] ?? null;
      if (typeof value === "number") return `[${value}]`;
      return value === null ? null : JSON.stringify([toPosition(value)]);
    };
  return (row) => {
    const parts = keyIndexes.map((index) => toPosition(row[index] ?? null));
    return parts.includes(null) ? null : JSON.stringify(parts);
  };
}

/**
 * A text that two rows share only if all their values are equal: typed, delimited, NULL distinct. JSON alone would
 * merge NaN and infinities with NULL, and write bytes at length.
 */
export const rowText = (row: RawRow): string =>
  row.every(isPlain) ? JSON.stringify(row) : JSON.stringify(row.map(tagged));

/** The same for rows together, in their order: far cheaper than for each. */
export const rowsText = (rows: readonly RawRow[]): string =>
  rows.every((row) => row.every(isPlain))
    ? JSON.stringify(rows)
    : JSON.stringify(rows.map((row) => row.map(tagged)));

const isPlain = (value: RawValue): boolean =>
  typeof value === "object" ? value === null : typeof value !== "number" || Number.isFinite(value);

const tagged = (value: RawValue): unknown =>
  value instanceof Uint8Array
    ? { b: Buffer.from(value).toString("base64") }
    : typeof value === "number" && !Number.isFinite(value)
      ? { n: String(value) }
      : value;

/** The row of such a text. */
export const parseRowText = (text: string): RawRow => (JSON.parse(text) as Tagged[]).map(untagged);

type Tagged = string | number | boolean | null | { readonly b?: string; readonly n?: string };

function untagged(value: Tagged): RawValue {
  if (typeof value !== "object" || value === null) return value;
  return value.b === undefined ? Number(value.n) : new Uint8Array(Buffer.from(value.b, "base64"));
}
