import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { create } from "tar";

const program = fileURLToPath(new URL("../../bin/qianzhi.js", import.meta.url));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs Node as a user does, in a process of its own. */
function node(words: readonly string[], cwd: string, lang = "C"): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], LANG: lang };
    execFile(process.execPath, words, { cwd, env }, (failure, out, error) =>
      resolve({ code: failure === null ? 0 : Number(failure.code), out, error }),
    );
  });
}

describe("a new adapter", () => {
  let directory: string;
  const qianzhi = (...words: readonly string[]) => node([program, ...words], directory);
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "qianzhi-adapter-"));
    assert.equal((await qianzhi("adapter", "init", "ours")).code, 0);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  test("passes the suite at once, by its own test and by `adapter verify`", async () => {
    const own = await node(["--test"], join(directory, "ours"));
    assert.equal(own.code, 0, own.out);
    const { code, out } = await qianzhi("adapter", "verify", "./ours", "--json");
    const card = JSON.parse(out) as {
      readonly ok: boolean;
      readonly passed: number;
      readonly failed: number;
      readonly leftOut: number;
      readonly groups: readonly { readonly group: string; readonly passed: number }[];
      readonly cases: readonly { readonly outcome: string; readonly reason?: string }[];
    };
    assert.deepEqual([code, card.ok, card.failed], [0, true, 0]);
    assert.equal(card.cases.length, card.passed + card.leftOut);
    assert.ok(card.groups.some(({ group, passed }) => group === "listing" && passed > 0));
    const leftOut = card.cases.filter(({ outcome }) => outcome === "left out");
    assert.ok(leftOut.every(({ reason }) => reason !== undefined && reason !== ""));
  });

  test("passes as the archive that an offline site is given", async () => {
    const files = ["package.json", "index.js", "harness.js"].map((file) => `ours/${file}`);
    await create({ file: join(directory, "ours.tgz"), cwd: directory, gzip: true }, files);
    const { code, out } = await qianzhi("adapter", "verify", "ours.tgz");
    assert.equal(code, 0, out);
    assert.match(out, /^listing: 12 passed, 0 failed, 3 left out$/m);
  });

  test("that loses rows fails with the name of the case and what it protects", async () => {
    assert.equal((await qianzhi("adapter", "init", "broken")).code, 0);
    const file = join(directory, "broken/index.js");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("if (rows.length > 0) yield { rows };", ""));
    const chinese = await node(
      [program, "adapter", "verify", "./broken"],
      directory,
      "zh_CN.UTF-8",
    );
    assert.equal(chinese.code, 1);
    assert.match(chinese.out, /失败 {2}每行列出一次\n.*所防范的问题：完整列出中遗漏的行/);
    assert.match(chinese.out, /完整列出：通过 \d+，失败 \d+/);
    assert.match(chinese.out, /未执行 \d+ 项：/);
  });

  test("that leaves something open is told so, and does not keep the command from its end", async () => {
    assert.equal((await qianzhi("adapter", "init", "leaky")).code, 0);
    const file = join(directory, "leaky/index.js");
    const text = await readFile(file, "utf8");
    const timer = "let closed = false; setInterval(() => {}, 60_000);";
    await writeFile(file, text.replace("let closed = false;", timer));
    const { code, out } = await qianzhi("adapter", "verify", "./leaky");
    assert.equal(code, 1);
    assert.match(out, /FAILED {2}a closed source leaves no timer/);
  });

  test("is commented in the language that was asked for, and overwrites nothing", async () => {
    assert.equal((await qianzhi("adapter", "init", "chinese", "--lang", "zh")).code, 0);
    assert.match(await readFile(join(directory, "chinese/index.js"), "utf8"), /\/\/ 首行是列定义/);
    const again = await qianzhi("adapter", "init", "chinese");
    assert.deepEqual([again.code, again.error.includes("not empty")], [2, true]);
  });

  test("without a harness needs a configured source and a table to read", async () => {
    await rm(join(directory, "chinese/harness.js"));
    const { code, error } = await qianzhi("adapter", "verify", "./chinese");
    assert.equal(code, 2);
    assert.match(error, /--source NAME --table TABLE/);
    assert.equal((await qianzhi("adapter", "verify", "./chinese", "--source", "x")).code, 2);
  });

  test("that cannot be found is an error that says so", async () => {
    const { code, error } = await qianzhi("adapter", "verify", "./no-such");
    assert.equal(code, 1);
    assert.match(error, /QZ_ADAPTER_NOT_FOUND/);
  });
});

test("an adapter is verified against a configured source, which is only read", async () => {
  const directory = await mkdtemp(join(tmpdir(), "qianzhi-adapter-site-"));
  try {
    assert.equal((await node([program, "init", "site"], directory)).code, 0);
    const site = join(directory, "site");
    const before = await readFile(join(site, "sample.db"));
    const words = ["adapter", "verify", "sqlite", "--source", "legacy", "--table", "rkxx"];
    const { code, out } = await node([program, ...words], site);
    assert.equal(code, 0, out);
    assert.match(out, /^site: 1\d passed, 0 failed, 0 left out$/m);
    assert.deepEqual(await readFile(join(site, "sample.db")), before);
    const unknown = await node([program, ...words.with(4, "another")], site);
    assert.equal(unknown.code, 2);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
