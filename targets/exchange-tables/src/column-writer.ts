import type { Item } from "@qianzhi/sdk";
import { charactersOf } from "./byte-text.ts";
import type { TableColumn } from "./describe-table.ts";
import type { Engine } from "./engine/engine.ts";

/** Why a value does not go into its column; undefined when it does, exactly. */
export type Fit = "QZ_COLUMN_LENGTH" | "QZ_COLUMN_DIGITS" | undefined;

/** How the values of one item are written into one column. Texts are byte texts. */
export interface ColumnWriter {
  readonly column: TableColumn;
  /**
   * What the database would change without an error, it is not given: spaces at the end beyond the length, digits beyond
   * the scale, fractions of seconds beyond the precision.
   */
  fit(value: unknown): Fit;
  cell(value: unknown): string;
}

/** Kinds of columns, by the engines' names of types. */
const kinds = {
  text: [
    "varchar",
    "char",
    "bpchar",
    "text",
    "tinytext",
    "mediumtext",
    "longtext",
    "nvarchar",
    "nchar",
  ],
  whole: ["tinyint", "smallint", "mediumint", "int", "bigint", "int2", "int4", "int8"],
  exact: ["decimal", "numeric"],
  double: ["double", "float8"],
  boolean: ["bool"],
  date: ["date"],
  datetime: ["datetime", "timestamp", "timestamptz"],
  time: ["time"],
  bytes: ["varbinary", "blob", "tinyblob", "mediumblob", "longblob", "bytea"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type ColumnKind = keyof typeof kinds;

export const isOfKind = (kind: ColumnKind, { type }: Pick<TableColumn, "type">): boolean =>
  (kinds[kind] as readonly string[]).includes(type);

/** Kinds of columns that hold every value of a type exactly, each in the item's own words. */
const takenBy: Readonly<Record<Item["type"], readonly ColumnKind[]>> = {
  string: ["text"],
  text: ["text"],
  integer: ["whole", "exact", "text"],
  decimal: ["exact", "text"],
  double: ["double", "text"],
  date: ["date", "text"],
  datetime: ["datetime", "text"],
  time: ["time", "text"],
  boolean: ["boolean", "whole", "text"],
  binary: ["bytes", "text"],
  json: ["text"],
  geometry: ["text"],
};

/** The kind of a column that may hold an item; undefined when its type cannot. */
function kindFor(item: Item, column: TableColumn): ColumnKind | undefined {
  return takenBy[item.type].find((kind) => isOfKind(kind, column));
}

/** Undefined when the column's type cannot hold the item's values exactly. */
export function columnWriter(
  item: Item,
  column: TableColumn,
  engine: Engine,
): ColumnWriter | undefined {
  const kind = kindFor(item, column);
  if (kind === undefined) return undefined;
  return { column, fit: fitOf(kind, column), cell: cellOf(item, kind, column, engine) };
}

function fitOf(kind: ColumnKind, column: TableColumn): ColumnWriter["fit"] {
  const { length, precision, scale, fraction, type } = column;
  switch (kind) {
    case "text":
      return textFit(length, type);
    case "exact":
      return (value) => exactFit(String(value), precision, scale ?? 0);
    case "datetime":
    case "time":
      return (value) => fractionFit(String(value), fraction ?? 0);
    default:
      // Everything else is refused by the database itself when it does not fit.
      return () => undefined;
  }
}

function textFit(length: number | null, type: string): ColumnWriter["fit"] {
  const isPadded = type === "char" || type === "bpchar" || type === "nchar";
  const inBytes = type.endsWith("text");
  const isShort = (text: string): boolean =>
    length === null || text.length <= length || (!inBytes && charactersOf(text) <= length);
  return (value) => {
    const text = String(value);
    // A padded column gives a text back without the spaces that it ended with.
    return isShort(text) && !(isPadded && text.endsWith(" ")) ? undefined : "QZ_COLUMN_LENGTH";
  };
}

function exactFit(text: string, precision: number | null, scale: number): Fit {
  if (precision === null) return undefined;
  const point = text.indexOf(".");
  const length = point < 0 ? text.length : point;
  // Mostly the lengths alone tell.
  if (length <= precision - scale && text.length - length - 1 <= scale) return undefined;
  const [whole = "", digits = ""] = text.replace("-", "").split(".");
  const isWhole = whole.replace(/^0+/, "").length <= precision - scale;
  return isWhole && /^0*$/.test(digits.slice(scale)) ? undefined : "QZ_COLUMN_DIGITS";
}

function fractionFit(text: string, fraction: number): Fit {
  const point = text.indexOf(".");
  if (point < 0) return undefined;
  const digits = /^\d+/.exec(text.slice(point + 1 + fraction))?.[0] ?? "";
  return /^0*$/.test(digits) ? undefined : "QZ_COLUMN_DIGITS";
}

function cellOf(
  { type }: Item,
  kind: ColumnKind,
  column: TableColumn,
  { cell, bytesCell }: Engine,
): ColumnWriter["cell"] {
  if (type === "datetime" && kind === "datetime")
    return column.type === "timestamptz"
      ? (value) => cell(String(value))
      : (value) => cell(withoutOffset(String(value)));
  if (type === "double" && kind === "double")
    // With an exponent it is read as a double, never by way of a decimal.
    return (value) => cell((value as number).toExponential());
  if (type === "boolean" && kind !== "text")
    return (value) => (kind === "whole" ? (value === true ? "1" : "0") : String(value));
  if (type === "binary" && kind === "bytes")
    return (value) => bytesCell(Buffer.from(String(value), "base64").toString("hex"));
  return (value) => (typeof value === "number" ? String(value) : cell(String(value)));
}

const DATE_LENGTH = "2026-01-02".length;
const OFFSET_LENGTH = "+08:00".length;

/** `2026-01-02T03:04:05.6+08:00` in a column without zone. */
const withoutOffset = (text: string): string =>
  `${text.slice(0, DATE_LENGTH)} ${text.slice(DATE_LENGTH + 1, -OFFSET_LENGTH)}`;

/** Whether the column holds less than the descriptor allows. */
export function isNarrower(item: Item, column: TableColumn): boolean {
  const { type, length, precision, scale, fraction } = column;
  if (isOfKind("text", column)) {
    const wanted =
      item.maxLength ?? (item.type === "string" || item.type === "text" ? Infinity : 0);
    // A text type's length is in bytes, and as good as none.
    return !type.endsWith("text") && length !== null && length < wanted;
  }
  if (isOfKind("exact", column) && item.type === "decimal" && precision !== null) {
    const wantedScale = item.scale ?? 0;
    const wantedWhole = (item.precision ?? Infinity) - wantedScale;
    return (scale ?? 0) < wantedScale || precision - (scale ?? 0) < wantedWhole;
  }
  return (item.fraction ?? 0) > (fraction ?? item.fraction ?? 0);
}
