import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

/** A file of the repository; this test runs from `dist/test`. */
const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../../${path}`, import.meta.url)), "utf8");

test("the code in the guide is this example, in either language", () => {
  const files = ["src/registry.ts", "test/conformance.test.ts"];
  const example = files.map((file) => read(`examples/write-an-adapter/${file}`));
  for (const page of ["docs/write-an-adapter.md", "docs/zh-CN/write-an-adapter.md"]) {
    const shown = [...read(page).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
    assert.deepEqual(shown, example, page);
  }
});
