import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { none } from "./architecture/none.ts";
import { exists, filesBelow, read } from "./architecture/workspace.ts";

const documents = filesBelow("").filter((path) => path.endsWith(".md"));

describe("documents", () => {
  test("link to what exists", () => {
    none(
      documents.flatMap((path) =>
        [
          ...read(path)
            .replace(/```[\s\S]*?```/g, "")
            .matchAll(/\]\(([^)\s#]+)(#[^)]*)?\)/g),
        ]
          .map((match) => match[1] ?? "")
          .filter((link) => !/^[a-z]+:/.test(link))
          .filter((link) => !exists(join(dirname(path), decodeURI(link))))
          .map((link) => `${path} → ${link}`),
      ),
    );
  });

  test("come in English and Chinese, with the same headings", () => {
    const english = filesBelow("docs").filter(
      (path) => path.endsWith(".md") && !/^docs\/(zh-CN|decisions)\//.test(path),
    );
    const chinese = filesBelow("docs/zh-CN").filter((path) => path.endsWith(".md"));
    assert.deepEqual(
      chinese.map((path) => path.replace("docs/zh-CN/", "")).sort(),
      english.map((path) => path.replace("docs/", "")).sort(),
    );
    const shape = (path: string) =>
      read(path)
        .replace(/```[\s\S]*?```/g, "")
        .split("\n")
        .flatMap((line) => /^(#+) /.exec(line)?.[1] ?? []);
    for (const path of english)
      assert.deepEqual(shape(path.replace("docs/", "docs/zh-CN/")), shape(path), path);
  });

  test("begin with a README of 120 lines at most, in both languages", () => {
    for (const path of ["README.md", "README.zh-CN.md"]) {
      assert.ok(exists(path), `${path} is missing`);
      assert.ok(read(path).split("\n").length <= 121, `${path} is too long`);
    }
  });

  test("show code that stands in the examples, so that it compiles", () => {
    const examples = filesBelow("examples")
      .filter((path) => path.endsWith(".ts"))
      .map(read)
      .join("\n");
    const code = (line: string) => line.replace(/\s*\/\/.*$/, "").trim();
    none(
      ["README.md", "README.zh-CN.md"].flatMap((path) =>
        [...read(path).matchAll(/```ts\n([\s\S]*?)```/g)]
          .flatMap((match) => (match[1] ?? "").split("\n").map(code))
          .filter((line) => !examples.includes(line))
          .map((line) => `${path}: ${line}`),
      ),
    );
  });
});
