import type { Column, PositionValue } from "@qianzhi/sdk";
import {
  decodeExactly,
  notOrderable,
  undecodedBytes,
  type Dialect,
  type Fragment,
  type Reading,
} from "@qianzhi/sql";
import { boundOf, rawOf } from "./types.ts";

/** Not with double quotes: SQLite takes an unknown name in those for a text, and a dropped column would read as its name. */
export const quote = (identifier: string): string => `\`${identifier.replaceAll("`", "``")}\``;

/** `encoding` is the database's own, as PRAGMA encoding prints it. */
export function sqliteDialect(encoding: string): Dialect {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return {
    quote,
    read: (column, bytes) =>
      bytes ? { sql: `CAST(${quote(column.name)} AS BLOB)` } : reading(column, decoder),
    order(column, bytes) {
      if (column.type === "other" || column.type === "json" || column.type === "double") {
        throw notOrderable(column);
      }
      return {
        sql: orderedBy(column),
        bind: (value) => bound(column, value, { bytes, encoding }),
        rawEquality: false,
      };
    },
    first: (statement, rows) => `${statement} LIMIT ${rows}`,
    rowComparison: true,
  };
}

/** Values of an undeclared column keep the class in which they were written, and numbers sort before texts. */
const orderedBy = ({ name, type, native }: Column): string =>
  type === "text" && native === "" ? `CAST(${quote(name)} AS TEXT)` : quote(name);

interface Stored {
  readonly bytes: boolean;
  readonly encoding: string;
}

function bound(column: Column, value: PositionValue, { bytes, encoding }: Stored): Fragment {
  const stored = typeof value === "string" ? storedBytes(value, encoding) : undefined;
  if (stored !== undefined) return { sql: "CAST(? AS TEXT)", params: [stored] };
  return { sql: bytes ? "CAST(? AS TEXT)" : "?", params: [boundOf(column, value)] };
}

/** The bytes of a text that the driver would not bind whole; undefined for all others. */
function storedBytes(text: string, encoding: string): Uint8Array | undefined {
  if (!text.includes("\0")) return undecodedBytes(text);
  if (encoding === "UTF-8") return Buffer.from(text);
  const littleEndian = Buffer.from(text, "utf16le");
  return encoding === "UTF-16be" ? littleEndian.swap16() : littleEndian;
}

/**
 * A value of any class. The drivers put U+FFFD for bytes that are no text, and one of them ends a text at U+0000: a page
 * with one of these in it is read again with the texts in hexadecimal digits, which tells them from blobs.
 */
function reading({ name, type }: Column, decoder: InstanceType<typeof TextDecoder>): Reading {
  const convert = rawOf(type);
  const sql = quote(name);
  return {
    sql: `CASE WHEN typeof(${sql}) = 'text' AND instr(${sql}, char(0)) > 0 THEN char(65533) ELSE ${sql} END`,
    convert,
    doubt: {
      when: (text) => text.indexOf("\ufffd") >= 0,
      exactly: {
        sql: `CASE typeof(${sql}) WHEN 'text' THEN hex(CAST(${sql} AS BLOB)) ELSE ${sql} END`,
        convert: (value) =>
          typeof value === "string"
            ? decodeExactly(Buffer.from(value, "hex"), decoder)
            : convert(value),
      },
    },
  };
}
