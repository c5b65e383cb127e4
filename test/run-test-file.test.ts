import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "./architecture/workspace.ts";

interface Result {
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly error: string }[];
  readonly skips: readonly { readonly name: string; readonly reason: string }[];
}
type RunTestFile = (file: string, options: Readonly<Record<string, unknown>>) => Promise<Result>;

const script = pathToFileURL(`${root}/scripts/test/run-test-file.mjs`).href;
const { runTestFile } = (await import(script)) as { readonly runTestFile: RunTestFile };
const folder = mkdtempSync(join(tmpdir(), "qianzhi-runner-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(body: string): Promise<Result> {
  const file = join(folder, "sample.test.mjs");
  writeFileSync(file, `import { describe, test } from "node:test";\n${body}`);
  return runTestFile(file, { limitMs: 20_000, afterMs: 1_000 });
}

test("tests are counted one by one, and a skipped one keeps its reason", async () => {
  const { passed, failures, skips } = await run(`
    describe("group", () => { test("one", () => {}); test("two", () => {}); });
    test("three", { skip: "no moon tonight" }, () => {});`);
  assert.deepEqual([passed, failures.length], [2, 0]);
  assert.deepEqual(skips, [{ name: "three", reason: "no moon tonight" }]);
});

test("a failure is counted where it happened and not again above it", async () => {
  const { failures } = await run(`
    describe("group", () => test("inner", () => { throw new Error("boom"); }));`);
  assert.deepEqual(
    failures.map(({ name }) => name),
    ["inner"],
  );
  assert.match(failures[0]?.error ?? "", /boom/);
});

test("a file that leaves a server open fails, though its tests pass", async () => {
  const { passed, failures } = await run(`
    import { createServer } from "node:http";
    test("opens", () => { createServer().listen(0); });`);
  assert.equal(passed, 1);
  assert.match(failures[0]?.error ?? "", /^leaks/);
});

test("a file that crashes before its first test fails", async () => {
  const { failures } = await run(`throw new Error("at load");`);
  assert.equal(failures.length, 1);
});
