import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { errorTable, reasonTexts } from "@qianzhi/sdk";
import { none } from "./architecture/none.ts";
import { read, root } from "./architecture/workspace.ts";
import { runProgram } from "./runtime/run-program.ts";

/** What stands in each entry, by language. */
const parts = {
  "docs/runbook.md": ["Seen", "Check", "Do", "Well again", "Call"],
  "docs/zh-CN/runbook.md": ["现象", "检查", "处理", "恢复", "联系"],
} as const;

const codesIn = (text: string): readonly string[] => text.match(/\bQZ_[A-Z_]+\b/g) ?? [];

/** The entries: a heading with its codes, and what follows it. */
const entriesOf = (page: string) =>
  page
    .split(/^### /m)
    .slice(1)
    .map((entry) => {
      const [heading = "", ...lines] = entry.split(/^##? /m)[0]!.split("\n");
      return { heading, body: lines.join("\n") };
    });

/** Codes that have an entry, or a line in one of the tables of what wants no entry. */
const treatedIn = (page: string): readonly string[] =>
  [
    ...entriesOf(page).map(({ heading }) => heading),
    ...[...page.matchAll(/^\| (`QZ_[^|]*)\|/gm)].map((line) => line[1] ?? ""),
  ].flatMap(codesIn);

describe("the runbook", () => {
  const pages = Object.entries(parts).map(([path, words]) => ({ path, words, page: read(path) }));

  test("treats every code of errors and of refused records once, and no other, in both languages", () => {
    const codes = new Set([...Object.keys(errorTable), ...Object.keys(reasonTexts)]);
    for (const { path, page } of pages)
      assert.deepEqual(treatedIn(page).toSorted(), [...codes].toSorted(), path);
    const [english = [], chinese = []] = pages.map(({ page }) =>
      entriesOf(page).map(({ heading }) => codesIn(heading).join(" ")),
    );
    assert.deepEqual(chinese, english);
  });

  test("says in each entry what is seen, how to check, what to do, when it is well again and whom to call", () => {
    none(
      pages.flatMap(({ path, words, page }) =>
        entriesOf(page)
          .filter(
            ({ body }) =>
              JSON.stringify([...body.matchAll(/^- \*\*(.+?)\*\*/gm)].map((part) => part[1])) !==
              JSON.stringify(words),
          )
          .map(({ heading }) => `${path}: ${heading}`),
      ),
    );
  });

  test("names commands that there are", async () => {
    const program = join(root, "agent/bin/qianzhi.js");
    const { output } = await runProgram(process.execPath, [program, "--help", "--lang", "en"], {
      cwd: root,
    });
    const known = new Set([...output.matchAll(/^ {2}([a-z]+) /gm)].map((line) => line[1]));
    assert.ok(known.has("reconcile"), output);
    none(
      pages.flatMap(({ path, page }) =>
        [...page.matchAll(/(?<!chown (?:-R )?)qianzhi (?:-c \S+ )?([a-z]+)\b/g)]
          .map((command) => command[1] ?? "")
          .filter((word) => !known.has(word))
          .map((word) => `${path}: qianzhi ${word}`),
      ),
    );
  });
});
