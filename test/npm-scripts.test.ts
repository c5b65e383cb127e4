import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "./architecture/workspace.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (script: string, ...words: readonly string[]): Promise<Outcome> =>
  promisify(execFile)(process.execPath, [`${root}/scripts/${script}.mjs`, ...words]).then(
    (printed) => ({ code: 0, ...printed }),
    (error: Outcome) => error,
  );

for (const script of ["bench", "simulate", "soak", "demo", "bundle", "test", "engines"])
  test(`${script} says how it is used, and refuses what it does not know`, async () => {
    const help = await run(script, "--help");
    assert.equal(help.code, 0, help.stderr);
    assert.match(help.stdout, /^Usage: npm (run )?/);
    for (const line of help.stdout.split("\n")) assert.ok(line.length <= 80, line);
    const wrong = await run(script, "--nope");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^Unknown option '--nope'\n\nUsage: /);
    assert.doesNotMatch(wrong.stderr, /\n {4}at /);
  });

test("values that lead nowhere are refused before anything is set up", async () => {
  for (const words of [
    ["bench", "--kind", "nope"],
    ["bench", "--on", "nope"],
    ["bench", "--rows", "1e"],
    ["simulate", "--seeds", "0"],
    ["soak", "--minutes", "x"],
    ["bundle", "--platform", "nope"],
    ["demo", "one", "two"],
    ["demo", "--lang", "fr"],
  ] as const) {
    const { code, stdout, stderr } = await run(words[0], ...words.slice(1));
    assert.deepEqual([code, stdout], [2, ""], words.join(" "));
    assert.match(stderr, /\n\nUsage: /);
  }
});
