import type { Column, ColumnType, PositionValue } from "@qianzhi/sdk";
import {
  decodeExactly,
  doubleQuoted as quote,
  notOrderable,
  undecodedBytes,
  type Dialect,
  type Fragment,
  type Ordering,
  type Reading,
} from "@qianzhi/sql";
import { PARAMETER } from "./connect.ts";
import { baseOf, bytesOf, conversionOf } from "./types.ts";

export const postgresDialect: Dialect = {
  quote,
  read,
  order,
  first: (statement, rows) => `${statement} LIMIT ${rows}`,
  rowComparison: true,
};

function read(column: Column, bytes: boolean): Reading {
  const name = quote(column.name);
  if (column.type === "text") return readText(name, column, bytes);
  const convert = conversionOf(column);
  return { sql: expression(name, column), ...(convert === undefined ? {} : { convert }) };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A database in SQL_ASCII sends its bytes whatever they are, and the driver makes U+FFFD of what is no UTF-8: a page
 * with one of these in it is read again as bytes, and what is no text then stays bytes.
 */
function readText(name: string, column: Column, bytes: boolean): Reading {
  // From the database's encoding to itself: the bytes as they are stored.
  const stored = named(`convert_to(CAST(${name} AS text), getdatabaseencoding()::name)`);
  if (bytes) return { sql: stored, convert: (hex) => bytesOf(String(hex)) };
  // An address is plain ASCII, and its cast is not what is printed of it.
  if (baseOf(column.native) === "inet") return { sql: expression(name, column) };
  const exactly: Reading = {
    sql: stored,
    convert: (hex) => decodeExactly(bytesOf(String(hex)), utf8),
  };
  return {
    sql: expression(name, column),
    doubt: { when: (text) => text.indexOf("\ufffd") >= 0, exactly },
  };
}

/** A name for what is read otherwise than it is stored: a cast has its column's, and ORDER BY would sort by the cast. */
const named = (sql: string) => `${sql} AS qz_value`;

function expression(name: string, { native, type }: Column): string {
  if (type === "json" && native.endsWith("[]")) return named(`array_to_json(${name})`);
  switch (baseOf(native)) {
    // Printed with the sign and separators of a country.
    case "money":
      return named(`CAST(${name} AS numeric)`);
    // Widened, or a value that has six digits here would have others as the double that it is.
    case "real":
      return named(`CAST(${name} AS double precision)`);
    // The cast takes the padding away.
    case "character":
      return named(`CAST(${name} AS text)`);
    default:
      return name;
  }
}

/** NaN and infinity, which a double may hold, survive in no position. */
const unordered: ReadonlySet<ColumnType> = new Set(["json", "geometry", "other", "double"]);

function order(column: Column, bytes: boolean): Ordering {
  const { type, native } = column;
  if (unordered.has(type) || native === "xml") throw notOrderable(column);
  const sql = quote(column.name);
  if (bytes && type === "text") return { sql, bind: storedText, rawEquality: false };
  // Texts that differ may be equal to a collation.
  const rawEquality = (type !== "text" && type !== "binary") || native === "uuid";
  const bind = (value: PositionValue) => {
    const undecodable = typeof value === "string" ? undecodedBytes(value) : undefined;
    return undecodable === undefined
      ? cast(parameterOf(value), castType(native))
      : storedText({ base64: Buffer.from(undecodable).toString("base64") });
  };
  return { sql, bind, rawEquality };
}

/** The type that makes a parameter of the column's own kind, so that the column's operators and index are used. */
export function castType(native: string): string {
  const base = baseOf(native);
  // Without a length these would be cut to one.
  if (base === "character") return "bpchar";
  return base === "bit" ? native : base;
}

function cast(value: unknown, type: string): Fragment {
  const typed = type === "money" ? `CAST(CAST(${PARAMETER} AS numeric) AS money)` : undefined;
  return { sql: typed ?? `CAST(${PARAMETER} AS ${type})`, params: [value] };
}

const parameterOf = (value: PositionValue): string =>
  typeof value === "object"
    ? `\\x${Buffer.from(value.base64, "base64").toString("hex")}`
    : String(value);

/** Bytes in the database's encoding, as the text that they are to it. */
const storedText = (value: PositionValue): Fragment => ({
  sql: `convert_from(CAST(${PARAMETER} AS bytea), getdatabaseencoding()::name)`,
  params: [
    parameterOf(
      typeof value === "object" ? value : { base64: Buffer.from(String(value)).toString("base64") },
    ),
  ],
});
