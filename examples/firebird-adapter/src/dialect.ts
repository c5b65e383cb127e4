import type { Column, PositionValue } from "@qianzhi/sdk";
import {
  decodeExactly,
  doubleQuoted as quote,
  notOrderable,
  undecodedBytes,
  type Dialect,
  type Fragment,
} from "@qianzhi/sql";

export const firebird: Dialect = {
  quote,
  first: (statement, rows) => `${statement} ROWS ${rows}`,
  read(column, bytes) {
    const { name, type, length = 0, charset } = column;
    const sql = quote(name);
    if (type === "text" && length < 0) return bytes ? { sql } : { sql, convert: decoded };
    if (type === "text" && bytes) return { sql: octets(column) };
    // Its stored bytes are sent, which need not be UTF-8: the driver puts U+FFFD for what is not.
    if (type === "text" && charset === "NONE") {
      const exactly = { sql: octets(column), convert: decoded };
      return { sql, doubt: { when: (text) => text.includes("\ufffd"), exactly } };
    }
    // The driver's numbers lose digits, and its dates are moved by the zone of this process.
    return exact.has(type) ? { sql } : { sql: `CAST(${sql} AS VARCHAR(255))` };
  },
  order(column) {
    const { name, type, native, charset = "UTF8", length = 0 } = column;
    if (type === "double" || type === "other" || length < 0) throw notOrderable(column);
    const text = type === "text" || type === "binary";
    const own = native.includes(" COLLATE ") ? `${quote(name)} COLLATE ${charset}` : quote(name);
    // The driver would make a Date of a value whose type it knows.
    const cast = `CAST(CAST(? AS VARCHAR(255)) AS ${native})`;
    const bind = (value: PositionValue): Fragment =>
      text ? literal(value, charset) : { sql: cast, params: [String(value)] };
    return { sql: own, bind, rawEquality: !text };
  },
};

/** What the driver reads as it is. */
const exact: ReadonlySet<Column["type"]> = new Set([
  "text",
  "binary",
  "integer",
  "double",
  "boolean",
]);

const MAX_BYTES = 32_765;
const octets = ({ name, length = 0 }: Column): string =>
  `CAST(${quote(name)} AS VARCHAR(${Math.min(length * 4, MAX_BYTES)}) CHARACTER SET OCTETS)`;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const decoded = (value: unknown) => decodeExactly(value as Uint8Array, utf8);

/** A text, or the bytes for which it stands as one of the column's charset, so that its collation compares. */
function literal(value: PositionValue, charset: string): Fragment {
  const bytes =
    typeof value === "object" ? Buffer.from(value.base64, "base64") : undecodedBytes(String(value));
  if (bytes === undefined) return { sql: "?", params: [value] };
  return { sql: `_${charset} x'${Buffer.from(bytes).toString("hex")}'`, params: [] };
}
