import { QianzhiError } from "@qianzhi/sdk";
import { decodeAscii, decodeCp1252, decodeIso88591 } from "./latin.ts";
import { withoutPrivateUse } from "./private-use.ts";

/** Decodes bytes; undefined, or a throw, for bytes that are no text. */
type Decoder = (bytes: Uint8Array) => string | undefined;

function runtimeDecoder(label: string): Decoder {
  // A byte order mark inside a column is content.
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  return (bytes) => decoder.decode(bytes);
}

function gb18030(): Decoder {
  const decode = runtimeDecoder("gb18030");
  return (bytes) => withoutPrivateUse(decode(bytes) ?? "");
}

/**
 * A charset by the names in use at sites: those of Windows, MySQL, PostgreSQL, Oracle, Java and of the web. GBK in all its
 * names is read as GB18030, its superset: a decoder for `gbk` accepts bytes that are no character. What they give must not
 * depend on the runtime, since record hashes rest on it: a test compares whole code planes on each Node.
 */
const charsets: readonly (readonly [names: string, make: () => Decoder])[] = [
  [
    "gbk gb2312 gb18030 cp936 ms936 windows-936 euc-cn euc_cn zhs16gbk zhs16cgb231280 zhs32gb18030",
    gb18030,
  ],
  ["utf-8 utf8 utf8mb3 utf8mb4 al32utf8", () => runtimeDecoder("utf-8")],
  ["latin1 cp1252 windows-1252 we8mswin1252", () => decodeCp1252],
  ["iso-8859-1 we8iso8859p1", () => decodeIso88591],
  ["ascii us-ascii us7ascii", () => decodeAscii],
  ["utf-16le utf16le", () => runtimeDecoder("utf-16le")],
  ["utf-16be utf16 ucs2 al16utf16", () => runtimeDecoder("utf-16be")],
  ["big5 cp950 zht16mswin950", () => runtimeDecoder("big5")],
  ["shift_jis sjis cp932 ja16sjis", () => runtimeDecoder("shift_jis")],
  ["euc-kr euc_kr euckr cp949 ko16mswin949", () => runtimeDecoder("euc-kr")],
];

const makers: ReadonlyMap<string, () => Decoder> = new Map(
  charsets.flatMap(([names, make]) => names.split(" ").map((name) => [name, make] as const)),
);

export const knownCharsets: readonly string[] = [...makers.keys()];

const decoders = new Map<string, Decoder>();

/** Decodes bytes of a named charset, or throws QZ_CHARSET_INVALID: a replacement character is never put in. */
export function decode(bytes: Uint8Array, charset: string): string {
  const decoder = decoders.get(charset) ?? addDecoder(charset);
  let cause: unknown;
  try {
    const text = decoder(bytes);
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  throw new QianzhiError("QZ_CHARSET_INVALID", { charset, column: "?" }, { cause });
}

function addDecoder(charset: string): Decoder {
  const make = makers.get(charset.toLowerCase());
  if (make === undefined)
    throw new QianzhiError("QZ_CHARSET_UNKNOWN", { charset, known: knownCharsets });
  const decoder = make();
  decoders.set(charset, decoder);
  return decoder;
}
