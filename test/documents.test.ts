import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { none } from "./architecture/none.ts";
import { exists, filesBelow, read, root } from "./architecture/workspace.ts";

const documents = filesBelow("").filter((path) => path.endsWith(".md"));

describe("documents", () => {
  const linksOf = (path: string) =>
    [
      ...read(path)
        .replace(/```[\s\S]*?```/g, "")
        .matchAll(/\]\(([^)\s#]+)(#[^)]*)?\)/g),
    ]
      .map((match) => match[1] ?? "")
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link) => ({ link, to: join(dirname(path), decodeURI(link)) }));

  test("link to what exists", () => {
    none(
      documents.flatMap((path) =>
        linksOf(path)
          .filter(({ to }) => !exists(to))
          .map(({ link }) => `${path} → ${link}`),
      ),
    );
  });

  test("are in the bundle with every page that they link to", async () => {
    const { documents: parts } = (await import(
      pathToFileURL(join(root, "scripts/bundle/documents.mjs")).href
    )) as { documents(): readonly string[] };
    const bundled = documents.filter((path) =>
      parts().some((part) => path === part || path.startsWith(`${part}/`)),
    );
    assert.ok(bundled.includes("docs/zh-CN/first-day.md"));
    none(
      bundled.flatMap((path) =>
        linksOf(path)
          .filter(({ to }) => to.endsWith(".md") && !bundled.includes(to))
          .map(({ link }) => `${path} → ${link}`),
      ),
    );
  });

  test("come in English and Chinese, with the same headings", () => {
    const english = filesBelow("docs").filter(
      (path) => path.endsWith(".md") && !/^docs\/(zh-CN|decisions)\//.test(path),
    );
    const chinese = filesBelow("docs/zh-CN").filter((path) => path.endsWith(".md"));
    const inChinese = (path: string) => path.replace("docs/", "docs/zh-CN/");
    assert.deepEqual(chinese.sort(), english.map(inChinese).sort());
    const adapters = documents.filter((path) => /^adapters\/[^/]+\/README\.md$/.test(path));
    const pages = [
      ...english.map((path) => [path, inChinese(path)] as const),
      ...adapters.map((path) => [path, path.replace(".md", ".zh-CN.md")] as const),
    ];
    const shape = (path: string) =>
      read(path)
        .replace(/```[\s\S]*?```/g, "")
        .split("\n")
        .flatMap((line) => /^(#+) /.exec(line)?.[1] ?? []);
    for (const [path, translated] of pages) assert.deepEqual(shape(translated), shape(path), path);
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
