import type { Column, PositionValue } from "@qianzhi/sdk";
import {
  decodeExactly,
  notOrderable,
  undecodedBytes,
  type Dialect,
  type Fragment,
  type Ordering,
  type Reading,
} from "@qianzhi/sql";
import { PARAMETER } from "./connect.ts";
import { baseOf, collationOf, isLarge } from "./types.ts";

/** What of a server decides how its statements are written. */
export interface Generation {
  /** 9 for SQL Server 2005, 10 for 2008, 11 for 2012, 13 for 2016, 16 for 2022. */
  readonly major: number;
  /** The code page of the connected database's own collation, `cp936`. */
  readonly codePage: string;
}

export const quote = (identifier: string) => `[${identifier.replaceAll("]", "]]")}]`;

/** TOP is understood by every version; pages begin at a key, so that no OFFSET is ever needed. */
const first = (statement: string, rows: number) =>
  statement.replace(/^SELECT /, `SELECT TOP (${rows}) `);

export function mssqlDialect(generation: Generation): Dialect {
  return {
    quote,
    first,
    read: (column, bytes) => read(column, bytes, generation),
    order: (column, bytes) => order(column, bytes, generation),
  };
}

const gbk = new TextDecoder("gb18030", { fatal: true, ignoreBOM: true });

function read(column: Column, bytes: boolean, { major }: Generation): Reading {
  const name = quote(column.name);
  const base = baseOf(column.native);
  if (bytes && column.type === "text") return { sql: storedBytes(column) };
  switch (base) {
    // The driver makes doubles of these.
    case "decimal":
    case "numeric":
      return { sql: `CONVERT(varchar(41), ${name})` };
    case "money":
    case "smallmoney":
      return { sql: `CONVERT(varchar(21), ${name}, 2)` };
    case "bigint":
      return { sql: name, convert: wholeNumber };
    // … and instants of the local zone, in milliseconds, of these.
    case "date":
      return { sql: `CONVERT(char(10), ${name}, 23)` };
    case "smalldatetime":
      return { sql: `CONVERT(char(19), ${name}, 120)` };
    case "datetime":
      return { sql: `CONVERT(char(23), ${name}, 121)` };
    case "datetime2":
      return { sql: `CONVERT(varchar(27), ${name}, 121)` };
    case "time":
      return { sql: `CONVERT(varchar(16), ${name}, 121)` };
    case "datetimeoffset":
      return { sql: `CONVERT(varchar(34), ${name}, 121)`, convert: withoutBlank };
    case "char":
    case "varchar":
    case "text":
      return readText(column);
    case "nchar":
      return { sql: name, convert: withoutPadding };
    case "ntext":
    case "xml":
    case "json":
      return { sql: `CONVERT(nvarchar(max), ${name})` };
    case "image":
      return { sql: `CONVERT(varbinary(max), ${name})` };
    case "uniqueidentifier":
      return { sql: `CONVERT(char(36), ${name})` };
    case "geometry":
    case "geography": {
      // From 2012 with the third and fourth ordinate; before, the server has no way to tell them.
      const wkb = major >= 11 ? "AsBinaryZM" : "STAsBinary";
      return { sql: `CONVERT(binary(4), ${name}.STSrid) + ${name}.${wkb}()`, convert: ewkb };
    }
    case "sql_variant":
      return { sql: `CONVERT(nvarchar(4000), ${name})` };
    default:
      return { sql: column.type === "other" ? `${name}.ToString()` : name };
  }
}

/**
 * The driver's table of code page 936 lacks characters that names are written with and the whole user-defined area, and
 * the server would put `?` for what it does not know: its bytes are decoded here.
 */
function readText(column: Column): Reading {
  const name = quote(column.name);
  if (column.charset === "cp936")
    return {
      sql: storedBytes(column),
      convert: (value) => decodeExactly(value as Uint8Array, gbk),
    };
  if (isLarge(column)) return { sql: `CONVERT(varchar(max), ${name})` };
  return baseOf(column.native) === "char" ? { sql: name, convert: withoutPadding } : { sql: name };
}

/** The bytes of a text as they are stored, without padding; of what is no text there, those of its text. */
function storedBytes(column: Column): string {
  const name = quote(column.name);
  switch (baseOf(column.native)) {
    case "text":
      return `CONVERT(varbinary(max), CONVERT(varchar(max), ${name}))`;
    case "ntext":
    case "xml":
      return `CONVERT(varbinary(max), CONVERT(nvarchar(max), ${name}))`;
    case "uniqueidentifier":
      return `CONVERT(varbinary(36), CONVERT(char(36), ${name}))`;
    case "char":
    case "nchar":
      return `CONVERT(varbinary(8000), RTRIM(${name}))`;
    default:
      return `CONVERT(varbinary(${isLarge(column) ? "max" : "8000"}), ${name})`;
  }
}

const wholeNumber = (value: unknown) =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

const withoutPadding = (value: unknown) => String(value).replace(/ +$/, "");

const withoutBlank = (value: unknown) => String(value).replace(/ (?=[+-])/, "");

/** Four bytes SRID, most significant first, then WKB, as EWKB. */
function ewkb(value: unknown): Uint8Array {
  const from = value as Uint8Array;
  const srid = from.subarray(0, 4).toReversed();
  if (srid.every((byte) => byte === 0)) return from.subarray(4);
  const to = new Uint8Array(from.length);
  to.set(from.subarray(4, 9));
  to[4] = to[4]! | 0x20;
  to.set(srid, 5);
  to.set(from.subarray(9), 9);
  return to;
}

/**
 * The column itself, so that an index is used, and a bound value converted to the column's own type before anything is
 * compared: a datetime would be widened otherwise and miss its own tick, a varchar be compared as nvarchar.
 */
function order(column: Column, bytes: boolean, generation: Generation): Ordering {
  const sql = quote(column.name);
  const base = baseOf(column.native);
  if (isLarge(column)) throw notOrderable(column);
  const by = (
    before: string,
    after: string,
    value: (value: PositionValue) => unknown = plain,
  ): Ordering => ({
    sql,
    bind: (position) => ({ sql: `${before}${PARAMETER}${after}`, params: [value(position)] }),
    rawEquality: column.type !== "text" && column.type !== "binary" && column.type !== "instant",
  });
  switch (base) {
    case "tinyint":
    case "smallint":
    case "int":
    case "bigint":
      return by("CONVERT(bigint, ", ")");
    case "decimal":
    case "numeric":
      return by(`CONVERT(decimal(38, ${column.scale ?? 0}), `, ")");
    case "money":
    case "smallmoney":
      return by("CONVERT(money, ", ")");
    case "float":
    case "real":
      return { ...by(`CONVERT(${base}, `, ")", Number), rawEquality: false };
    case "bit":
      return by("CONVERT(bit, ", ")", (value) => (value === true ? "1" : "0"));
    case "datetime":
    case "smalldatetime":
      return by(`CONVERT(${base}, `, ", 121)");
    case "date":
    case "datetime2":
    case "time":
      return by(`CONVERT(${column.native}, `, ")");
    case "datetimeoffset":
      return by(`CONVERT(${column.native}, `, ")", (value) =>
        String(value).replace(/(?=[+-]\d\d:\d\d$)/, " "),
      );
    case "uniqueidentifier":
      return by("CONVERT(uniqueidentifier, ", ")", (value) => textOf(value, "latin1"));
    case "nchar":
    case "nvarchar":
      return by("", "", (value) => textOf(value, "utf16le"));
    case "char":
    case "varchar":
      return varcharOrder(column, bytes, generation);
    case "binary":
    case "varbinary":
      return by("CONVERT(varbinary(8000), ", ")", bytesOf);
    case "timestamp":
      return by("CONVERT(binary(8), ", ")", bytesOf);
    default:
      throw notOrderable(column);
  }
}

/**
 * A bound text becomes a varchar of the column's collation, so that its index is used and its rules compare. Bytes
 * become one without passing through Unicode where the database's own code page is the column's; elsewhere, and in a
 * query, which does not tell collations, both sides are compared as what they are exactly.
 */
function varcharOrder(column: Column, bytes: boolean, { codePage }: Generation): Ordering {
  const sql = quote(column.name);
  const collation = collationOf(column);
  const asBytes = collation !== undefined && column.charset === codePage;
  const ofBytes = (value: Uint8Array): Fragment => ({
    sql: asBytes ? `CONVERT(varchar(8000), ${PARAMETER})` : PARAMETER,
    params: [value],
  });
  if (bytes) {
    const expression = asBytes ? sql : `CONVERT(varbinary(8000), ${sql})`;
    return { sql: expression, bind: (value) => ofBytes(bytesOf(value)), rawEquality: false };
  }
  if (collation === undefined) {
    const bind = (value: PositionValue): Fragment => ({ sql: PARAMETER, params: [plain(value)] });
    return { sql: `CONVERT(nvarchar(4000), ${sql})`, bind, rawEquality: false };
  }
  return {
    sql,
    rawEquality: false,
    bind(value) {
      // A text that stands for bytes which could not be decoded finds its row by them.
      const stored = asBytes ? undecodedBytes(String(value)) : undefined;
      if (stored !== undefined) return ofBytes(stored);
      return {
        sql: `CONVERT(varchar(8000), ${PARAMETER} COLLATE ${collation})`,
        params: [plain(value)],
      };
    },
  };
}

const plain = (value: PositionValue): string =>
  typeof value === "object" ? value.base64 : String(value);

const textOf = (value: PositionValue, encoding: "latin1" | "utf16le") =>
  typeof value === "object"
    ? Buffer.from(value.base64, "base64").toString(encoding)
    : String(value);

const bytesOf = (value: PositionValue): Uint8Array =>
  Buffer.from(plain(value), typeof value === "object" ? "base64" : "latin1");
