import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

/** A file or folder of the repository; this test runs from `dist/test`. */
const at = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

test("the pages say in how many lines it is done", () => {
  const source = "examples/firebird-adapter/src";
  const files = readdirSync(at(source)).map((name) =>
    readFileSync(at(`${source}/${name}`), "utf8"),
  );
  const lines = files.join("").split("\n").length - 1;
  const pages = {
    "docs/write-an-adapter.md": `in ${lines} lines`,
    "docs/zh-CN/write-an-adapter.md": `共 ${lines} 行`,
    "examples/firebird-adapter/README.md": `in ${lines} lines`,
  };
  for (const [page, words] of Object.entries(pages))
    assert.ok(readFileSync(at(page), "utf8").includes(words), `${page}: ${words}`);
});
