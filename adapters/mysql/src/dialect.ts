import type { Column, PositionValue } from "@qianzhi/sdk";
import {
  notOrderable,
  undecodedBytes,
  type Dialect,
  type Fragment,
  type Ordering,
  type Reading,
} from "@qianzhi/sql";
import { quote } from "./quote.ts";
import { charsetOfBytes, readText } from "./read-text.ts";
import { baseOf, ewkb, isShortYear } from "./types.ts";

/** Bytes by which the session sorts: longer values would be cut before they are compared. */
export const MAX_SORT_BYTES = 8_192;

export const mysqlDialect: Dialect = {
  quote,
  read,
  order,
  first: (statement, rows) => `${statement} LIMIT ${rows}`,
  // The optimiser counts what a page costs as if all rows were wanted, and sorts the table for each.
  inOrderOf: (index) => ` FORCE INDEX FOR ORDER BY (${quote(index)})`,
};

function read(column: Column, bytes: boolean): Reading {
  const name = quote(column.name);
  if (column.type === "text" || column.type === "json")
    return bytes && column.type === "text" ? { sql: `CAST(${name} AS BINARY)` } : readText(column);
  switch (baseOf(column.native)) {
    // A FLOAT is printed with six digits; widened to DOUBLE first, with all that it has. The driver's own reading of
    // doubles errs in the last digit.
    case "float":
      return { sql: `CAST(${name} * 1e0 AS CHAR)`, convert: Number };
    case "double":
    case "real":
      return { sql: `CAST(${name} AS CHAR)`, convert: Number };
    case "bit":
      return { sql: `${name} + 0` };
    // Otherwise the driver makes numbers of it.
    case "vector":
      return { sql: `CAST(${name} AS BINARY)` };
    case "bigint":
      return { sql: column.native.includes("zerofill") ? `${name} + 0` : name };
    default:
      break;
  }
  if (column.type === "geometry") return { sql: `CAST(${name} AS BINARY)`, convert: ewkb };
  return { sql: column.type === "other" ? `CAST(${name} AS CHAR)` : name };
}

function order(column: Column, bytes: boolean): Ordering {
  const sql = quote(column.name);
  const by =
    (expression: string): Ordering["bind"] =>
    (value) => ({ sql: expression, params: [plain(value)] });
  switch (column.type) {
    case "integer": {
      if (isShortYear(column.native)) throw notOrderable(column);
      // As text or as a plain literal a BIGINT would be compared as a double.
      const unsigned = column.native.includes("unsigned") || baseOf(column.native) === "bit";
      return { sql, bind: by(`CAST(? AS ${unsigned ? "UNSIGNED" : "SIGNED"})`), rawEquality: true };
    }
    case "decimal":
      return {
        sql,
        bind: by(`CAST(? AS DECIMAL(${column.precision ?? 65}, ${column.scale ?? 30}))`),
        rawEquality: true,
      };
    case "double":
      return { sql, bind: by("(? * 1e0)"), rawEquality: false };
    case "date":
    case "datetime":
    case "time":
      return { sql, bind: by("?"), rawEquality: true };
    case "text":
      return refuseWide(column, (column.length ?? 0) * 4) ?? textOrder(column, sql, bytes);
    case "binary":
      if (baseOf(column.native) === "vector") throw notOrderable(column);
      return (
        refuseWide(column, column.length ?? 0) ?? {
          sql,
          bind: (value) => bytesOf(value),
          rawEquality: false,
        }
      );
    default:
      throw notOrderable(column);
  }
}

function textOrder(column: Column, sql: string, bytes: boolean): Ordering {
  const base = baseOf(column.native);
  const { charset } = column;
  // These sort by their number, but compare as text.
  if (base === "enum" || base === "set") {
    const by = bytes ? "BINARY" : "CHAR";
    return {
      sql: `CAST(${sql} AS ${by})`,
      bind: bytes ? bytesOf : textBind(charset),
      rawEquality: false,
    };
  }
  if (bytes) {
    // A query does not tell the charset of its columns: their bytes are then ordered as bytes.
    if (charset === undefined)
      return { sql: `CAST(${sql} AS BINARY)`, bind: bytesOf, rawEquality: false };
    // The introducer makes a literal of the column's charset, so that the column's own collation compares.
    return { sql, bind: (value) => bytesOf(value, `_${charset} `), rawEquality: false };
  }
  return { sql, bind: textBind(charset), rawEquality: false };
}

/** A text as it is; one that stands for bytes as these, in the charset that `readText` left them in. */
const textBind =
  (charset: string | undefined) =>
  (value: PositionValue): Fragment => {
    const bytes = typeof value === "string" ? undecodedBytes(value) : undefined;
    if (bytes === undefined) return { sql: "?", params: [plain(value)] };
    return {
      sql: `_${charsetOfBytes(charset)} ?`,
      params: [Buffer.from(bytes)],
    };
  };

/** Everything but bytes is bound as text, and given its type by the expression around it. */
const plain = (value: PositionValue): unknown =>
  typeof value === "object" ? Buffer.from(value.base64, "base64") : String(value);

function bytesOf(value: PositionValue, introducer = ""): Fragment {
  // The driver writes a buffer as X'…'.
  const bytes =
    typeof value === "object" ? Buffer.from(value.base64, "base64") : Buffer.from(String(value));
  return { sql: `${introducer}?`, params: [bytes] };
}

function refuseWide(column: Column, bytes: number): undefined {
  if (bytes > MAX_SORT_BYTES) throw notOrderable(column);
}
