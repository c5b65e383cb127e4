import { QianzhiError, type Column, type ColumnType, type PositionValue } from "@qianzhi/sdk";
import type { Dialect, Fragment, Ordering, Reading } from "@qianzhi/sql";
import { PARAMETER } from "./connect.ts";
import { baseOf, bytesOf, conversionOf } from "./types.ts";

const quote = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;

export const postgresDialect: Dialect = {
  quote,
  read,
  order,
  first: (statement, rows) => `${statement} LIMIT ${rows}`,
  rowComparison: true,
};

function read(column: Column, bytes: boolean): Reading {
  const name = quote(column.name);
  // From the database's encoding to itself: the bytes as they are stored.
  if (bytes && column.type === "text")
    return {
      sql: `convert_to(CAST(${name} AS text), getdatabaseencoding()::name)`,
      convert: (hex) => bytesOf(String(hex)),
    };
  const convert = conversionOf(column);
  return { sql: expression(name, column), ...(convert === undefined ? {} : { convert }) };
}

function expression(name: string, { native, type }: Column): string {
  if (type === "json" && native.endsWith("[]")) return `array_to_json(${name})`;
  switch (baseOf(native)) {
    // Printed with the sign and separators of a country.
    case "money":
      return `CAST(${name} AS numeric)`;
    // Widened, or a value that has six digits here would have others as the double that it is.
    case "real":
      return `CAST(${name} AS double precision)`;
    // The cast takes the padding away.
    case "character":
      return `CAST(${name} AS text)`;
    default:
      return name;
  }
}

/** NaN and infinity, which a double may hold, survive in no position. */
const unordered: ReadonlySet<ColumnType> = new Set(["json", "geometry", "other", "double"]);

function order(column: Column, bytes: boolean): Ordering {
  const { type, native } = column;
  if (unordered.has(type) || native === "xml")
    throw new QianzhiError("QZ_CURSOR_TYPE", { column: column.name, type: native });
  const sql = quote(column.name);
  if (bytes && type === "text") return { sql, bind: storedText, rawEquality: false };
  // Texts that differ may be equal to a collation.
  const rawEquality = (type !== "text" && type !== "binary") || native === "uuid";
  return { sql, bind: (value) => cast(parameterOf(value), castType(native)), rawEquality };
}

/** The type that makes a parameter of the column's own kind, so that the column's operators and index are used. */
function castType(native: string): string {
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
