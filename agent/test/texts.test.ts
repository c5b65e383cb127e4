import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { errorTable } from "@qianzhi/sdk";
import { textKeys, textOf } from "../src/cli/texts.ts";
import { pageTexts } from "../src/page/page-texts.ts";

const placeholders = (text: string): readonly string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();
const unfilled = (language: "en" | "zh", key: (typeof textKeys)[number]): string =>
  textOf(language, key, new Proxy({}, { get: (_, name) => `{${String(name)}}` }));

test("every text is there in both languages and fills in the same details", () => {
  for (const key of textKeys) {
    const [en, zh] = [unfilled("en", key), unfilled("zh", key)];
    assert.match(zh, /[\u4e00-\u9fff]|^\s*\{|^ /, key);
    assert.doesNotMatch(en, /[\u4e00-\u9fff]/, key);
    assert.deepEqual([...new Set(placeholders(zh))], [...new Set(placeholders(en))], key);
  }
});

test("every text of the page is there in both languages, too", () => {
  for (const [key, [en, zh]] of Object.entries(pageTexts)) {
    if (key === "other") continue;
    assert.match(zh, /[\u4e00-\u9fff]/, key);
    assert.doesNotMatch(en, /[\u4e00-\u9fff]/, key);
    assert.deepEqual(placeholders(zh), placeholders(en), key);
  }
});

test("all that a console shows can be written in GBK", () => {
  // The characters that a cp936 console knows, from the decoder that the runtime has.
  const decoder = new TextDecoder("gbk");
  const known = new Set<string>([...Array(128).keys()].map((code) => String.fromCharCode(code)));
  for (let lead = 0x81; lead <= 0xfe; lead += 1)
    for (let trail = 0x40; trail <= 0xfe; trail += 1)
      known.add(decoder.decode(Uint8Array.of(lead, trail)));
  const texts = [
    ...textKeys.flatMap((key) => [textOf("en", key), textOf("zh", key)]),
    ...Object.values(errorTable).flatMap(({ en, zh }) => [
      en.message,
      en.hint,
      zh.message,
      zh.hint,
    ]),
  ];
  for (const text of texts)
    for (const character of text) assert.ok(known.has(character), `${character} in ${text}`);
});

test("every text is used", () => {
  const folder = new URL("../src/cli/", import.meta.url);
  const code = readdirSync(folder)
    .filter((name) => name.endsWith(".js") && name !== "texts.js")
    .map((name) => readFileSync(new URL(name, folder), "utf8"))
    .join("\n");
  const composed = [...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, prefix]) => prefix ?? "");
  for (const key of textKeys)
    assert.ok(code.includes(`"${key}"`) || composed.some((prefix) => key.startsWith(prefix)), key);
});
