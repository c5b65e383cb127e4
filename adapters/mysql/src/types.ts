import type { Column, ColumnType } from "@qianzhi/sdk";

const types: Readonly<Record<string, ColumnType>> = {
  tinyint: "integer",
  smallint: "integer",
  mediumint: "integer",
  int: "integer",
  integer: "integer",
  bigint: "integer",
  year: "integer",
  bit: "integer",
  decimal: "decimal",
  numeric: "decimal",
  float: "double",
  double: "double",
  real: "double",
  char: "text",
  varchar: "text",
  tinytext: "text",
  text: "text",
  mediumtext: "text",
  longtext: "text",
  enum: "text",
  set: "text",
  uuid: "text",
  inet4: "text",
  inet6: "text",
  date: "date",
  datetime: "datetime",
  timestamp: "datetime",
  time: "time",
  binary: "binary",
  varbinary: "binary",
  tinyblob: "binary",
  blob: "binary",
  mediumblob: "binary",
  longblob: "binary",
  vector: "binary",
  json: "json",
  geometry: "geometry",
  point: "geometry",
  linestring: "geometry",
  polygon: "geometry",
  multipoint: "geometry",
  multilinestring: "geometry",
  multipolygon: "geometry",
  geometrycollection: "geometry",
  geomcollection: "geometry",
};

/** The first word of a native type: `bigint(20) unsigned` → `bigint`. */
export const baseOf = (native: string): string => /^\w+/.exec(native.toLowerCase())?.[0] ?? "";

export const typeOf = (native: string): ColumnType => types[baseOf(native)] ?? "other";

/** A YEAR(2) sorts by its whole year and compares by the two digits that it is printed with. */
export const isShortYear = (native: string): boolean => native.startsWith("year(2)");

/** Fraction digits of the seconds, for the native types of dates and times. */
export function fractionOf(native: string): Partial<Column> {
  const base = baseOf(native);
  if (base !== "datetime" && base !== "timestamp" && base !== "time") return {};
  return { fraction: Number(/\((\d)\)/.exec(native)?.[1] ?? 0) };
}

/**
 * The server's own form of a geometry (4 bytes SRID, then WKB) as EWKB. The server's functions that print WKB are not
 * used: some exchange the axes by the coordinate system.
 */
export function ewkb(stored: unknown): Uint8Array {
  const from = stored as Uint8Array;
  const srid = new DataView(from.buffer, from.byteOffset, 4).getUint32(0, true);
  if (srid === 0) return from.subarray(4);
  const to = new Uint8Array(from.length);
  to.set(from.subarray(4, 9));
  to[4] = to[4]! | 0x20;
  to.set(from.subarray(0, 4), 5);
  to.set(from.subarray(9), 9);
  return to;
}

/** What the driver tells of a result column. */
export interface Field {
  readonly name: string;
  readonly columnType: number;
  readonly columnLength: number;
  readonly decimals: number;
  readonly flags: number;
  readonly characterSet: number;
  readonly extendedFormat?: string;
}

const NOT_NULL = 1,
  UNSIGNED = 32,
  ZEROFILL = 64,
  ENUM = 256,
  SET = 2048;
const BINARY_CHARSET = 63;
/** Bytes that a character takes at most in the session's charset. */
const CHARACTER_BYTES = 4;

const fieldTypes: Readonly<Record<number, string>> = {
  0: "decimal",
  1: "tinyint",
  2: "smallint",
  3: "int",
  4: "float",
  5: "double",
  7: "timestamp",
  8: "bigint",
  9: "mediumint",
  10: "date",
  11: "time",
  12: "datetime",
  13: "year",
  14: "date",
  15: "varchar",
  16: "bit",
  242: "vector",
  245: "json",
  246: "decimal",
  247: "enum",
  248: "set",
  249: "tinytext",
  250: "mediumtext",
  251: "longtext",
  252: "text",
  253: "varchar",
  254: "char",
  255: "geometry",
};

/** A column of a query, from what the server says of its result. */
export function columnOf(field: Field): Column {
  const base = baseOfField(field);
  const type = types[base] ?? "other";
  const unsigned =
    (field.flags & UNSIGNED) !== 0 &&
    (type === "integer" || type === "decimal" || type === "double");
  // 31 stands for "not fixed".
  const fraction =
    type === "datetime" || type === "time"
      ? { fraction: field.decimals > 6 ? 6 : field.decimals }
      : {};
  const scale = field.decimals;
  const precision = field.columnLength - (scale > 0 ? 1 : 0) - (unsigned ? 0 : 1);
  const shown = base === "year" ? `(${field.columnLength})` : "";
  const length =
    type === "text" ? Math.floor(field.columnLength / CHARACTER_BYTES) : field.columnLength;
  return {
    name: field.name,
    type,
    native: `${base}${shown}${unsigned ? " unsigned" : ""}${(field.flags & ZEROFILL) === 0 ? "" : " zerofill"}`,
    nullable: (field.flags & NOT_NULL) === 0,
    ...fraction,
    ...(type === "decimal" ? { precision, scale } : {}),
    ...(type === "text" || type === "binary" ? { length } : {}),
  };
}

function baseOfField({ columnType, flags, characterSet, extendedFormat }: Field): string {
  if (extendedFormat === "json") return "json";
  if ((flags & ENUM) !== 0) return "enum";
  if ((flags & SET) !== 0) return "set";
  const base = fieldTypes[columnType] ?? "unknown";
  if (characterSet !== BINARY_CHARSET) return base;
  return base.replace("text", "blob").replace("char", "binary");
}
