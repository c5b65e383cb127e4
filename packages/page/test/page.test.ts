import assert from "node:assert/strict";
import { test } from "node:test";
import { framed, html, pageTextOf, table } from "../src/index.ts";

test("whatever is inserted is escaped, but for HTML", () => {
  const name = `<b title='"&'>`;
  const cell = html`<td>${name}</td>`;
  const { html: row } = html`<tr>
    ${[cell]}${1}
  </tr>`;
  assert.match(row, /<td>&lt;b title=&#39;&quot;&amp;&#39;&gt;<\/td>1/);
});

test("a table says its name and its heads in words, and marks its numbers", () => {
  const words = { people: "人员", age: "年龄 <岁>" };
  const { html: text } = table(
    (key: keyof typeof words) => words[key],
    "people",
    [{ head: "age", isNumber: true }],
    [[41], ["<unknown>"]],
  );
  assert.match(text, /aria-label="人员"/);
  assert.match(text, /<th scope="col"\s+class="number">年龄 &lt;岁&gt;<\/th>/);
  assert.match(text, /<td class="number">41<\/td>/);
  assert.match(text, /<td class="number">&lt;unknown&gt;<\/td>/);
});

test("a text has its details, and nothing where one is not given", () => {
  const text = pageTextOf({ both: ["{one} and {two}", "{one} 与 {two}"] });
  assert.equal(text("en", "both", { one: 1, two: "b" }), "1 and b");
  assert.equal(text("zh", "both", { one: 1 }), "1 与 ");
});

test("the document names its language and offers the other one", () => {
  const texts = { name: "Page", asOf: "now", other: "中文", silent: "no answer" };
  const inEnglish = framed({ language: "en", ...texts, main: html`<p>all</p>` });
  assert.match(inEnglish, /<html lang="en">/);
  assert.match(inEnglish, /<title>Page<\/title>/);
  assert.match(inEnglish, /<a href="\?lang=zh" lang="zh-CN">中文<\/a>/);
  const inChinese = framed({ language: "zh", ...texts, title: "好 · 页", main: html`` });
  assert.match(inChinese, /<html lang="zh-CN">/);
  assert.match(inChinese, /<title>好 · 页<\/title>/);
  assert.match(inChinese, /<a href="\?lang=en" lang="en">/);
});
