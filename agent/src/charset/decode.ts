import { QianzhiError } from "@qianzhi/sdk";

/**
 * Names in use at sites → decoder labels. GBK in all its names is read as GB18030, its superset: the label `gbk` would
 * give private-use characters for €, 䶮 and ǹ, and accept bytes that are no character. MySQL's latin1 is cp1252.
 */
const labels: Readonly<Record<string, string>> = {
  gbk: "gb18030",
  gb2312: "gb18030",
  cp936: "gb18030",
  gb18030: "gb18030",
  zhs16gbk: "gb18030",
  big5: "big5",
  "utf-8": "utf-8",
  utf8: "utf-8",
  utf8mb4: "utf-8",
  latin1: "windows-1252",
  cp1252: "windows-1252",
  "utf-16le": "utf-16le",
  shift_jis: "shift_jis",
  "euc-kr": "euc-kr",
};

export const knownCharsets: readonly string[] = Object.keys(labels);

type Decoder = InstanceType<typeof TextDecoder>;

const decoders = new Map<string, Decoder>();

/** Decodes bytes of a named charset, or throws QZ_CHARSET_INVALID: a replacement character is never put in. */
export function decode(bytes: Uint8Array, charset: string): string {
  const decoder = decoders.get(charset) ?? addDecoder(charset);
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new QianzhiError("QZ_CHARSET_INVALID", { charset, column: "?" }, { cause });
  }
}

function addDecoder(charset: string): Decoder {
  const label = labels[charset.toLowerCase()];
  if (label === undefined)
    throw new QianzhiError("QZ_CHARSET_UNKNOWN", { charset, known: knownCharsets });
  // A byte order mark inside a column is content.
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  decoders.set(charset, decoder);
  return decoder;
}
