import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { decode } from "../src/charset/decode.ts";
import { latinBytes } from "../src/charset/latin.ts";

/** The text of bytes in hexadecimal; "refused" for bytes that are none. */
function read(hex: string, charset: string): string {
  try {
    return decode(Buffer.from(hex, "hex"), charset);
  } catch (error) {
    assert.ok(QianzhiError.is(error) && error.code === "QZ_CHARSET_INVALID", String(error));
    return "refused";
  }
}

for (const [charset, what, cases] of [
  [
    "gbk",
    "the characters on which decoders differ",
    {
      "80": "€",
      a2e3: "€",
      fe9f: "䶮",
      fe59: "\u9fb4",
      fe61: "\u9fb5",
      fe66: "\u9fb6",
      fe67: "\u9fb7",
      fe6d: "\u9fb8",
      fe7e: "\u9fb9",
      fe90: "\u9fba",
      fea0: "\u9fbb",
      a6d9: "\ufe10",
      a6df: "\ufe16",
      a6ec: "\ufe17",
      a6f3: "\ufe19",
      a8bf: "ǹ",
      a8bc: "ḿ",
      "8135f437": "ḿ",
      fe50: "⺁",
      fe51: "𠂇",
      fe91: "𤇾",
      ff: "refused",
    },
  ],
  [
    "GB2312",
    "rare characters of names, four bytes long too",
    { a996: "〇", a1a4: "·", "8230b731": "㛃", d6d8c7ec: "重庆" },
  ],
  [
    "zhs16gbk",
    "no half of a character, at the end or within",
    { d6d8c7ecca: "refused", "813581": "refused", d6ff: "refused", d6d8c7ec: "重庆" },
  ],
  ["cp936", "characters that a site made for itself as they are", { aaa1: "\ue000" }],
  [
    "latin1",
    "cp1252 as MySQL does",
    { "80": "€", "8192": "\u0081’", "8d8f909d": "\u008d\u008f\u0090\u009d", e9: "é" },
  ],
  ["iso-8859-1", "each byte as the character of its number", { "8092e9": "\u0080\u0092é" }],
  ["us7ascii", "seven bits alone", { "5a48": "ZH", d6d8: "refused" }],
  [
    "utf8",
    "nothing overlong, no half of a pair, and a byte order mark as content",
    {
      e9878de5ba86: "重庆",
      efbbbf41: "\ufeffA",
      c080: "refused",
      eda080: "refused",
      e9878d: "重",
      e987: "refused",
    },
  ],
  ["utf-16le", "whole code units and pairs", { cd91865e: "重庆", cd91: "重", "00d8": "refused" }],
  ["al16utf16", "the other byte first", { "91cd5e86": "重庆", "91cd5e": "refused" }],
  [
    "big5",
    "traditional texts, and as private characters those that sites and Hong Kong have added",
    { adabbc79: "重慶", ad: "refused", "8840": "\uf303", fa40: "\ue000" },
  ],
  ["shift_jis", "Japanese texts", { "8f64": "重" }],
  ["euc-kr", "Korean texts", { f1ec: "重" }],
] as const)
  test(`${charset} reads ${what}`, () => {
    for (const [hex, expected] of Object.entries(cases))
      assert.equal(read(hex, charset), expected, hex);
  });

/** SHA-256 over what each one- and two-byte sequence is, and for GB18030 each of four bytes below U+FFFF as well. */
function planeHash(charset: string): string {
  const hash = createHash("sha256");
  const add = (...bytes: number[]): void => {
    hash.update(`${read(Buffer.from(bytes).toString("hex"), charset)}\n`);
  };
  for (let first = 0; first < 0x100; first += 1) add(first);
  for (let first = 0x80; first < 0x100; first += 1)
    for (let second = 0; second < 0x100; second += 1) add(first, second);
  if (charset === "gbk")
    for (let first = 0x81; first <= 0x84; first += 1)
      for (let second = 0x30; second <= 0x39; second += 1)
        for (let third = 0x81; third <= 0xfe; third += 1)
          for (let fourth = 0x30; fourth <= 0x39; fourth += 1) add(first, second, third, fourth);
  return hash.digest("hex").slice(0, 16);
}

/** Record hashes rest on these: when one changes, records change, and with them what every platform holds. */
for (const [charset, expected] of [
  ["gbk", "4e702b8970115ac1"],
  ["big5", "c0c8347988ab63f0"],
  ["shift_jis", "0dcb2815416af494"],
  ["euc-kr", "06ff0b812878ebe6"],
  ["latin1", "f579d7267178e504"],
  ["iso-8859-1", "7d2521762fdd4052"],
] as const)
  test(`the whole plane of ${charset} is what it was when it was pinned`, () => {
    assert.equal(planeHash(charset), expected);
  });

test("a text read as latin1, as either of the two, gives its bytes back", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  for (const charset of ["latin1", "iso-8859-1"])
    assert.deepEqual(latinBytes(decode(bytes, charset)), bytes, charset);
  assert.equal(decode(latinBytes("ÖØÇìÊÐ") ?? bytes, "gbk"), "重庆市");
  assert.equal(latinBytes("重庆"), undefined);
  assert.equal(latinBytes("ÖØ\ufffd"), undefined);
});
