import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openDatabase } from "@qianzhi/exchange";
import { commandProcess, type CommandOutcome, type CommandProcess } from "./command-process.ts";

describe("the ledger for people", () => {
  let folder: string;
  let commands: CommandProcess;
  const qianzhi = (...words: readonly string[]): Promise<CommandOutcome> =>
    commands.run(words, { cwd: folder });
  const answer = async (...words: readonly string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await qianzhi(...words, "--json")).out) as Record<string, unknown>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "qianzhi-ledger-"));
    commands = commandProcess();
    await qianzhi("init", ".", "--lang", "en");
    for (const word of ["pause", "resume", "pause"]) await qianzhi(word, "persons");
  });
  after(async () => {
    await commands[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test("is listed, the latest last, and verified with a hash to note", async () => {
    const { out } = await qianzhi("ledger", "list", "--limit", "2");
    const kinds = out
      .trim()
      .split("\n")
      .map((line) => line.split(/ +/)[3]);
    assert.deepEqual(kinds, ["resume", "pause"]);
    const { entries } = (await answer("ledger", "list", "--kind", "pause")) as {
      entries: readonly { hash: string }[];
    };
    assert.equal(entries.length, 2);
    const verified = await qianzhi("ledger", "verify");
    assert.equal(verified.code, 0);
    assert.ok(verified.out.includes(entries.at(-1)?.hash ?? "?"), verified.out);
  });

  test("is exported for its owner alone, overwrites nothing, and proves itself elsewhere in any parts", async () => {
    const { count, through } = await answer("ledger", "export", "whole.ndjson");
    assert.deepEqual([count, through], [3, 3]);
    assert.equal((await stat(join(folder, "whole.ndjson"))).mode & 0o777, 0o600);
    const again = await qianzhi("ledger", "export", "whole.ndjson");
    assert.deepEqual([again.code, again.error.includes("whole.ndjson exists already")], [2, true]);
    assert.equal((await answer("ledger", "export", "rest.ndjson", "--after", "2"))["count"], 2);
    for (const [file, first] of [
      ["whole.ndjson", 1],
      ["rest.ndjson", 3],
    ] as const) {
      const verified = await answer("ledger", "verify", file);
      assert.deepEqual([verified["ok"], verified["first"]], [true, first]);
    }
    const lines = await readFile(join(folder, "whole.ndjson"), "utf8");
    await writeFile(join(folder, "forged.ndjson"), lines.replace('"resume"', '"repose"'));
    const forged = await qianzhi("ledger", "verify", "forged.ndjson");
    assert.equal(forged.code, 1);
    assert.match(forged.out, /entry 2 /);
    assert.doesNotMatch(forged.out, /data directory/);
    await writeFile(join(folder, "noise.ndjson"), `${lines}no entry\n`);
    const noise = await qianzhi("ledger", "verify", "noise.ndjson");
    assert.deepEqual([noise.code, noise.error.includes("line 4 of noise.ndjson")], [2, true]);
    for (const path of ["nowhere.ndjson", "data"]) {
      const { code, error } = await qianzhi("ledger", "verify", path);
      assert.deepEqual([code, error.includes(`${path} cannot be read`)], [2, true], error);
    }
    await writeFile(join(folder, "none.ndjson"), "");
    const none = await qianzhi("ledger", "verify", "none.ndjson");
    assert.deepEqual([none.code, none.out], [0, "There are no entries.\n"]);
  });

  test("tells who has written to it from outside", async () => {
    const store = await openDatabase(join(folder, "data/outbox.db"));
    store.exec("DROP TRIGGER ledger_fixed; UPDATE ledger SET at = at - 1 WHERE seq = 2");
    store.close();
    const { code, out } = await qianzhi("ledger", "verify", "--lang", "zh");
    assert.equal(code, 1);
    assert.match(out, /第 2 条/);
  });
});
