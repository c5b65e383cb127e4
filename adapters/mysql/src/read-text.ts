import type { Column } from "@qianzhi/sdk";
import { decodeExactly, undecoded, type Reading } from "@qianzhi/sql";
import { quote } from "./quote.ts";

/** Charsets of which the server knows each character in Unicode. A column without one is a document, in utf8mb4. */
const complete = new Set("utf8mb4 utf8mb3 utf8 ucs2 utf16 utf16le utf32 latin1".split(" "));
const isUtf8 = (charset: string) => charset.startsWith("utf8");

/** The charset of the bytes that stand for a text which cannot be decoded. */
export const charsetOfBytes = (charset: string | undefined): string =>
  charset === undefined || (complete.has(charset) && charset !== "ucs2") ? "utf8mb4" : charset;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ucs2 = new TextDecoder("utf-16be", { ignoreBOM: true });

/** Marks bytes that are left as they are stored; no text in UTF-8 begins with it. */
const STORED = 0xff;

/**
 * A text. The server sends `?` for a character that it does not know in Unicode (its gbk lacks hundreds that names are
 * written with), and the driver U+FFFD for half a surrogate pair: a page with one of these in it is read again as
 * bytes, and what is no text then stays bytes. They come as they are stored, or converted only where converting them
 * back gives what is stored: MySQL 8 and later cut a text before the half.
 */
export function readText({ name, charset }: Column): Reading {
  const sql = quote(name);
  const known = charset === undefined || complete.has(charset);
  const pattern = known ? /\ufffd/ : /[?\ufffd]/;
  return { sql, doubt: { when: (text) => pattern.test(text), exactly: exactly(sql, charset) } };
}

function exactly(sql: string, charset: string | undefined): Reading {
  const stored = `CAST(${sql} AS BINARY)`;
  if (charset === "ucs2") return { sql: stored, convert: (value) => fromUcs2(value as Uint8Array) };
  const sent = `CONVERT(${sql} USING utf8mb4)`;
  if (charset === undefined || isUtf8(charset))
    return {
      sql: charset === undefined ? `CAST(${sent} AS BINARY)` : stored,
      convert: (value) => decodeExactly(value as Uint8Array, utf8),
    };
  const back = `CAST(CONVERT(${sent} USING ${charset}) AS BINARY)`;
  return {
    sql: `CASE WHEN ${back} = ${stored} THEN CAST(${sent} AS BINARY) ELSE CONCAT(x'FF', ${stored}) END`,
    convert(value) {
      const bytes = value as Uint8Array;
      return bytes[0] === STORED ? undecoded(bytes.subarray(1)) : decodeExactly(bytes, utf8);
    },
  };
}

/** A pair of surrogates is two characters to a server that has no others. */
function fromUcs2(bytes: Uint8Array): string {
  const isText = bytes.every((byte, at) => at % 2 === 1 || byte < 0xd8 || byte > 0xdf);
  return isText ? ucs2.decode(bytes) : undecoded(bytes);
}
