import type { Column, ColumnType, PositionValue, RawValue } from "@qianzhi/sdk";

/** Words in a declared type, and what they make of it; the first that occurs decides. */
const words: readonly (readonly [RegExp, ColumnType])[] = [
  [/BOOL/, "boolean"],
  [/DATETIME|TIMESTAMP/, "datetime"],
  [/^DATE\b/, "date"],
  [/^TIME\b/, "time"],
  [/JSON/, "json"],
  [/INT/, "integer"],
  [/CHAR|CLOB|TEXT/, "text"],
  [/BLOB|BINARY/, "binary"],
  [/REAL|FLOA|DOUB/, "double"],
  [/DEC|NUM|MONEY/, "decimal"],
];

/** The column type of a declaration; undefined when it says nothing, as for an expression. */
export function typeOfDeclaration(declared: string | null): ColumnType | undefined {
  const upper = (declared ?? "").toUpperCase();
  return words.find(([word]) => word.test(upper))?.[1];
}

/** The column type of an undeclared column, from the storage classes seen in it. */
export function typeOfStorage(classes: ReadonlySet<string>): ColumnType {
  const seen = [...classes].filter((each) => each !== "null");
  if (seen.length === 0) return "text";
  if (seen.every((each) => each === "integer")) return "integer";
  if (seen.every((each) => each === "integer" || each === "real")) return "double";
  if (seen.length > 1) return "other";
  return seen[0] === "blob" ? "binary" : "text";
}

/** Precision, scale and length from the parentheses of a declared type. */
export function sizeOf(declared: string | null, type: ColumnType): Partial<Column> {
  const [, first, second] = /\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/.exec(declared ?? "") ?? [];
  if (first === undefined) return {};
  if (type === "decimal") return { precision: Number(first), scale: Number(second ?? 0) };
  return type === "text" || type === "binary" ? { length: Number(first) } : {};
}

/**
 * A stored value in the raw form of its column's type, as far as its storage class allows: any value may stand in any
 * column of SQLite, and one that does not fit is handed over as it is, for the validation to refuse.
 */
export function rawOf(type: ColumnType): (value: unknown) => RawValue {
  const integer = (value: bigint): RawValue => {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  };
  return (value) => {
    if (typeof value === "bigint") {
      if (type === "decimal" || type === "text") return String(value);
      return type === "boolean" && (value === 0n || value === 1n) ? value === 1n : integer(value);
    }
    if (typeof value === "number" && type === "decimal") return plainDigits(value);
    return value as RawValue;
  };
}

/** The shortest digits that name this double, without exponent: what was written into a NUMERIC column. */
export function plainDigits(value: number): string {
  const [digits = "", exponent] = String(value).split("e");
  if (exponent === undefined) return digits;
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)\.?(\d*)$/.exec(digits) ?? [];
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${all}`;
  return `${sign}${all.slice(0, point).padEnd(point, "0")}${point < all.length ? `.${all.slice(point)}` : ""}`;
}

/** A position value as SQLite's driver takes it, in the storage class that the column's affinity gave it. */
export function boundOf({ type, native }: Column, value: PositionValue): unknown {
  if (typeof value === "object") return new Uint8Array(Buffer.from(value.base64, "base64"));
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return type === "text" && native === "" ? String(value) : value;
  const numeric = type === "integer" || type === "decimal" || type === "double";
  if (!numeric || !/^-?\d+(\.\d+)?$/.test(value)) return value;
  return /^-?\d+$/.test(value) && isInt64(BigInt(value)) ? BigInt(value) : Number(value);
}

const isInt64 = (value: bigint) => BigInt.asIntN(64, value) === value;
