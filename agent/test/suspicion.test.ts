import assert from "node:assert/strict";
import { test } from "node:test";
import { suspicionOf } from "../src/charset/suspicion.ts";

const misread = (charset: string) => ({ kind: "misread", charset });
const damaged = { kind: "damaged" };

for (const [what, expected, texts] of [
  ["GBK read as latin1", misread("gbk"), ["ÖØÇì", "ÖØÇìÊÐ401147", "A¶°"]],
  ["UTF-8 read as latin1", misread("utf-8"), ["é‡\u008dåº†", "é\u0087\u008då"]],
  ["UTF-8 read as GBK", misread("utf-8"), ["閲嶅簡甯", "閲嶅簡"]],
  ["characters lost", damaged, ["重\ufffd", "锟斤拷", "烫烫烫", "王?", "?庆", "????"]],
  ["characters of a site's own making", { kind: "private" }, ["张\ue863", "\ue000"]],
  [
    "nothing",
    undefined,
    [
      "重庆市渝中区",
      "Müller",
      "Café São Paulo",
      "50% × 2",
      "why?",
      "王䶮",
      "联通",
      "𠮷",
      "ABC",
      "好吗？",
    ],
  ],
] as const)
  test(`a text may show ${what}`, () => {
    for (const text of texts) assert.deepEqual(suspicionOf(text), expected, text);
  });
