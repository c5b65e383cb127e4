import { QianzhiError, type Column } from "@qianzhi/sdk";
import { decodeExactly, doubleQuoted as quote, type Reading } from "@qianzhi/sql";
import { bytesOfPieces, withoutPadding } from "./convert.ts";
import { baseOf, isLob, isNational } from "./types.ts";

/*
 * The server converts texts to UTF-8 and puts U+FFFD where its table has nothing, as for every byte above 7F in a
 * US7ASCII database. A page with one of these is read again as stored bytes, which are decoded here or stay bytes.
 */

/** An SQL RAW holds this many bytes, where the server has not been told otherwise. */
const RAW_BYTES = 2_000;
/** From here on it has: texts longer than 4,000 bytes exist only where a RAW is as long. */
const EXTENDED_BYTES = 4_001;
/** Characters of one piece; whatever the charset, they fit in a RAW. */
const PIECE = 500;

const strict = (label: string) => new TextDecoder(label, { fatal: true, ignoreBOM: true });
const ascii = {
  decode(bytes: Uint8Array): string {
    if (bytes.some((byte) => byte > 0x7f)) throw new QianzhiError("QZ_CHARSET_INVALID");
    return Buffer.from(bytes).toString("latin1");
  },
};
const latin1 = { decode: (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1") };
/** GBK as GB18030, which has it all; the runtime's own table of GBK has holes. */
export const decoders = new Map([
  ["AL32UTF8", strict("utf-8")],
  ["ZHS16GBK", strict("gb18030")],
  ["ZHS32GB18030", strict("gb18030")],
  ["ZHS16CGB231280", strict("gb18030")],
  ["GB18030", strict("gb18030")],
  ["US7ASCII", ascii],
  ["WE8ISO8859P1", latin1],
  ["WE8MSWIN1252", strict("windows-1252")],
]);

/** Charsets in which a byte is a character: a CLOB is then stored in it, and elsewhere in UTF-16. */
const isSingleByte = (charset: string | undefined) => /^[A-Z]+[78](?=[A-Z])/.test(charset ?? "");

export function readText(column: Column): Reading {
  const { native, charset = "" } = column;
  const sql = quote(column.name);
  const base = baseOf(native);
  if (base === "XMLTYPE") return { sql: unlessNull(sql, `XMLTYPE.GETCLOBVAL(${sql})`) };
  if (base === "NCHAR") return { sql, convert: withoutPadding };
  const decoder = decoders.get(charset);
  if (
    isNational(native) ||
    base === "LONG" ||
    decoder === undefined ||
    (isLob(native) && !isSingleByte(charset))
  )
    return { sql };
  const { sql: stored, convert: bytesOf = asBytes } = storedBytes(column);
  const exactly = {
    sql: stored,
    convert: (value: unknown) => decodeExactly(bytesOf(value) as Uint8Array, decoder),
  };
  const doubt = { when: (text: string) => doubtful.test(text), exactly };
  return base === "CHAR" ? { sql, convert: withoutPadding, doubt } : { sql, doubt };
}

/** Private characters too: the server's table of GBK has them where GB18030 knows a character of names. */
export const doubtful = /[\ue000-\uf8ff\ufffd]/;

export const asBytes = (value: unknown) => value as Uint8Array;

/** The bytes of a text as they are stored, without padding; of a national one, its UTF-16. */
export function storedBytes(column: Column): Reading {
  const name = quote(column.name);
  switch (baseOf(column.native)) {
    case "LONG":
    case "XMLTYPE":
      throw new QianzhiError("QZ_QUERY_FAILED", {
        source: column.name,
        operation: `read the stored bytes of ${column.native}`,
      });
    case "CLOB":
    case "NCLOB":
      return pieces(name, "DBMS_LOB.SUBSTR");
    case "CHAR":
    case "NCHAR":
      return { sql: `UTL_RAW.CAST_TO_RAW(RTRIM(${name}))` };
    default: {
      const bytes = (column.length ?? 0) * (isSingleByte(column.charset) ? 1 : 4);
      const inOne = bytes <= RAW_BYTES || (column.length ?? 0) >= EXTENDED_BYTES;
      return inOne ? { sql: `UTL_RAW.CAST_TO_RAW(${name})` } : pieces(name, "SUBSTR");
    }
  }
}

/** More bytes than a RAW holds, as hexadecimal text: letters and digits pass every charset unchanged. */
function pieces(name: string, cut: "SUBSTR" | "DBMS_LOB.SUBSTR"): Reading {
  const from = `LEVEL * ${PIECE} - ${PIECE - 1}`;
  const part = cut === "SUBSTR" ? `${name}, ${from}, ${PIECE}` : `${name}, ${PIECE}, ${from}`;
  const all =
    `(SELECT XMLTYPE.GETCLOBVAL(XMLAGG(XMLELEMENT("H", RAWTOHEX(UTL_RAW.CAST_TO_RAW(${cut}(${part})))) ORDER BY LEVEL))` +
    ` FROM (SELECT 1 AS qz_one FROM DUAL) qz CONNECT BY LEVEL <= CEIL(LENGTH(${name}) / ${PIECE}))`;
  return { sql: unlessNull(name, all), convert: bytesOfPieces };
}

/** A method of an object that is not there is an error, and a tree without a condition has a root. */
export const unlessNull = (name: string, sql: string): string =>
  `CASE WHEN ${name} IS NOT NULL THEN ${sql} END`;
