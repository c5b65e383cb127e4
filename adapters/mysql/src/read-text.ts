import type { Column } from "@qianzhi/sdk";
import { decodeExactly, undecoded, type Reading } from "@qianzhi/sql";
import { quote } from "./quote.ts";

/** Charsets of which the server knows each character in Unicode. A column without one is a document, in utf8mb4. */
const unicode = new Set("utf8mb4 utf8mb3 utf8 ucs2 utf16 utf16le utf32".split(" "));
const complete = new Set([...unicode, "latin1"]);

/** True when what the session gets of such a column is its text in utf8mb4, half characters included. */
export const holdsUnicode = (charset: string | undefined): boolean =>
  charset === undefined || complete.has(charset);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Marks bytes that are left as they are stored; no text in UTF-8 begins with it. */
const STORED = 0xff;

/**
 * A text. The server sends `?` for a character that it does not know in Unicode (its gbk lacks hundreds that names are
 * written with), and the driver U+FFFD for half a surrogate pair: a page with one of these in it is read again as
 * bytes, and what is no text then stays bytes.
 */
export function readText({ name, charset }: Column): Reading {
  const sql = quote(name);
  const sent = `CONVERT(${sql} USING utf8mb4)`;
  const convert = (value: unknown) => {
    const bytes = value as Uint8Array;
    return bytes[0] === STORED ? undecoded(bytes.subarray(1)) : decodeExactly(bytes, utf8);
  };
  if (holdsUnicode(charset)) {
    const exactly = { sql: `CAST(${sent} AS BINARY)`, convert };
    return { sql, doubt: { when: (text) => text.indexOf("\ufffd") >= 0, exactly } };
  }
  const stored = `CAST(${sql} AS BINARY)`;
  const back = `CAST(CONVERT(${sent} USING ${charset}) AS BINARY)`;
  const exactly = {
    sql: `CASE WHEN ${back} = ${stored} THEN CAST(${sent} AS BINARY) ELSE CONCAT(x'FF', ${stored}) END`,
    convert,
  };
  return { sql, doubt: { when: (text) => /[?\ufffd]/.test(text), exactly } };
}
