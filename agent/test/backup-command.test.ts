import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openDatabase } from "@qianzhi/exchange";
import { commandProcess, type CommandOutcome, type CommandProcess } from "./command-process.ts";

const program = fileURLToPath(new URL("../../bin/qianzhi.js", import.meta.url));

describe("a backup of the data directory", () => {
  let folder: string;
  let commands: CommandProcess;
  let sandbox: ChildProcess;
  const qianzhi = (...words: readonly string[]): Promise<CommandOutcome> =>
    commands.run(words, { cwd: folder });
  const answer = async (...words: readonly string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await qianzhi(...words, "--json")).out) as Record<string, unknown>;
  const start = (...words: readonly string[]): ChildProcess =>
    spawn(process.execPath, [program, ...words], { cwd: folder, env: { LANG: "C" } });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "qianzhi-backup-"));
    commands = commandProcess();
    await qianzhi("init", ".", "--lang", "en");
    sandbox = start("sandbox", "--port", "0", "--json");
    const [line] = (await once(sandbox.stdout!, "data")) as [Buffer];
    const { url } = JSON.parse(String(line)) as { url: string };
    const file = join(folder, "qianzhi.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("http://127.0.0.1:8787", url));
    assert.equal((await answer("run", "--once"))["ok"], true);
  });
  after(async () => {
    sandbox.kill("SIGTERM");
    await commands[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test("is made while the agent runs, for its owner alone, and overwrites nothing", async () => {
    const agent = start("run");
    await once(agent.stdout!, "data");
    const { code, out } = await qianzhi("backup", "copy");
    assert.equal(code, 0);
    assert.match(out, /holds records and the secret/);
    assert.equal((await stat(join(folder, "copy"))).mode & 0o777, 0o700);
    for (const name of await readdir(join(folder, "copy")))
      assert.equal((await stat(join(folder, "copy", name))).mode & 0o777, 0o600, name);
    const again = await qianzhi("backup", "copy");
    assert.deepEqual([again.code, again.error.includes("copy is there already")], [2, true]);
    const refused = await qianzhi("restore", "copy");
    assert.match(refused.error, /^QZ_STORE_LOCKED/);
    agent.kill("SIGTERM");
    await once(agent, "close");
  });

  test("takes the place of what is there, and what the platform has got since is found", async () => {
    const sample = await openDatabase(join(folder, "sample.db"));
    sample.exec("DELETE FROM rkxx WHERE rowid = (SELECT min(rowid) FROM rkxx)");
    sample.exec("UPDATE rkxx SET xm = '后来', gxsj = datetime('now', 'localtime', '-1 minute')");
    sample.close();
    assert.equal((await answer("run", "--once"))["ok"], true);
    assert.equal((await qianzhi("restore", "copy")).code, 0);
    const names = await readdir(join(folder, "data"));
    assert.equal(names.filter((name) => name.includes(".replaced-")).length >= 2, true);
    assert.equal((await answer("run", "--once"))["ok"], true);
    assert.equal((await answer("compare"))["ok"], true);
    const { pipelines } = (await answer("status")) as { pipelines: { waitingBatches: number }[] };
    assert.deepEqual(
      pipelines.map(({ waitingBatches }) => waitingBatches),
      [0],
    );
  });

  test("that is not whole changes nothing", async () => {
    const before = await readFile(join(folder, "data/outbox.db"));
    await appendFile(join(folder, "copy/outbox.db"), "x");
    const damaged = await qianzhi("restore", "copy");
    assert.equal(damaged.code, 1);
    assert.match(damaged.error, /^QZ_BACKUP_DAMAGED .*: outbox\.db\./);
    await rm(join(folder, "copy/backup.json"));
    assert.match((await qianzhi("restore", "copy")).error, /: backup\.json\./);
    assert.deepEqual(await readFile(join(folder, "data/outbox.db")), before);
  });
});
