import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import {
  copyFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, test, type TestContext } from "node:test";
import sqlite from "@qianzhi/adapter-sqlite";
import {
  openSite,
  readPipelineState,
  runOnce,
  runSite,
  siteStatus,
  writePipelineState,
  type Site,
} from "@qianzhi/agent";
import { openDatabase, verifyLedger, type Database } from "@qianzhi/exchange";
import { createPlatform, type Platform } from "@qianzhi/sandbox";
import { QianzhiError } from "@qianzhi/sdk";
import { numbers } from "../world/numbers.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { siteConfig } from "../world/site-config.ts";

const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const resource = numbers("number");
const ROWS = 1_000;
const PAGE_BYTES = 8_192;
const { signal } = new AbortController();

/** A site in mode diff over a table of numbers, which sends in many batches. */
async function numbersSite(context: TestContext) {
  const folder = await mkdtemp(join(memory, "qianzhi-damage-"));
  const data = join(folder, "data");
  const legacy = await openDatabase(join(folder, "legacy.db"));
  legacy.exec(`PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, value INTEGER);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
    INSERT INTO t SELECT i, i * 7 FROM n`);
  const world = realWorld();
  const platform = createPlatform({ world });
  platform.catalog.publish(JSON.stringify(resource));
  platform.sites.grant("test-site", "number");
  const config = siteConfig({
    dataDirectory: data,
    adapter: sqlite,
    sourceOptions: { path: join(folder, "legacy.db") },
    pipelines: [
      { resource, table: "t", columns: { id: "id", value: "value" }, key: ["id"], everyMs: 50 },
    ],
  });
  let site: Site | undefined;
  const start = async (damage?: QianzhiError): Promise<Site> => {
    const target = platformTarget(platform, "test-site");
    return (site = await openSite({ config, world, target, lock: true, damage }));
  };
  context.after(async () => {
    await site?.close();
    platform.close();
    legacy.close();
    await rm(folder, { recursive: true });
  });
  return { data, legacy, platform, start };
}

/** What `qianzhi run --once` does: damage that only shows on the way is taken for the reason to begin anew. */
async function runThrough(
  start: (damage?: QianzhiError) => Promise<Site>,
  site: Site,
): Promise<Site> {
  try {
    await runOnce(site, [...site.runners.values()], { signal });
    return site;
  } catch (error) {
    assert.ok(QianzhiError.is(error) && error.code === "QZ_STORE_CORRUPT", String(error));
    await site.close();
    const again = await start(error);
    await runOnce(again, [...again.runners.values()], { signal });
    return again;
  }
}

const change = (legacy: Database): void =>
  legacy.exec(
    "UPDATE t SET value = -1 WHERE id % 50 = 0; DELETE FROM t WHERE id % 50 = 1; INSERT INTO t VALUES (100000, 1)",
  );

function assertEqual(platform: Platform, legacy: Database): void {
  const copy: string[] = [];
  for (let after: string | undefined = ""; after !== undefined;) {
    const page = platform.records("number", { limit: 1_000, ...(after ? { after } : {}) });
    copy.push(...page.records);
    after = page.next ?? undefined;
  }
  const source = legacy
    .prepare<{ id: number; value: number }>("SELECT id, value FROM t")
    .all()
    .map(({ id, value }) => JSON.stringify({ id, value }));
  assert.deepEqual(copy.sort(), source.sort());
}

async function garble(path: string, from: number, bytes: number): Promise<void> {
  const file = await open(path, "r+");
  await file.write(Buffer.alloc(bytes, 0xa5), 0, bytes, from);
  await file.close();
}

const store = (data: string): string => join(data, "outbox.db");

/** What may happen to the files of an agent that is not running. */
const damages: Readonly<Record<string, (data: string) => Promise<void>>> = {
  "no database any more": (data) => garble(store(data), 0, 100),
  "damaged in all of its pages but the first": async (data) =>
    garble(store(data), PAGE_BYTES, (await stat(store(data))).size - PAGE_BYTES),
  "damaged in its first page": (data) => garble(store(data), 100, PAGE_BYTES - 100),
  "cut off": async (data) =>
    truncate(store(data), Math.floor((await stat(store(data))).size / PAGE_BYTES / 2) * PAGE_BYTES),
  "damaged where it keeps the rows that were sent": async (data) => {
    const database = await openDatabase(store(data));
    const root = database
      .prepare<{ rootpage: number }>("SELECT rootpage FROM sqlite_schema WHERE name = 'diff_block'")
      .get();
    database.close();
    await garble(store(data), ((root?.rootpage ?? 0) - 1) * PAGE_BYTES, PAGE_BYTES);
  },
  "altered in an encrypted content": async (data) => {
    const database = await openDatabase(store(data));
    database.exec("UPDATE diff_block SET body = zeroblob(1000), bounds = zeroblob(100)");
    database.close();
  },
  "without the secret that it was encrypted with": (data) => rm(join(data, "site.secret")),
  "beside a secret that was cut off": (data) => truncate(join(data, "site.secret"), 7),
};

describe("I1, I9: a data file that is damaged is kept aside, and the copy is proven and mended, when it is", () => {
  for (const [name, damage] of Object.entries(damages))
    it(name, async (context) => {
      const { data, legacy, platform, start } = await numbersSite(context);
      const before = await start();
      await runOnce(before, [...before.runners.values()], { signal });
      await before.close();
      await damage(data);
      change(legacy);
      const site = await runThrough(start, await start());
      const runner = site.runners.get("number")!;
      const [issue] = siteStatus(site.config, site.outbox).issues;
      assert.equal(issue?.code, "STORE_KEPT_ASIDE");
      assert.ok((await stat(String(issue.details["path"]))).size > 0);
      assertEqual(platform, legacy);
      assert.equal(site.outbox.owed(runner.stream), undefined);
      assert.ok(site.outbox.ledger.list().some(({ kind }) => kind === "store-kept-aside"));
      // Beginning anew is for once.
      await site.close();
      const last = await start();
      assert.equal(last.store.instance, site.store.instance);
      await rm(String(issue.details["path"]));
      assert.deepEqual(siteStatus(last.config, last.outbox).issues, []);
    });
});

test("I1, I9: a log that was cut off is an older state, and the copy is mended", async (context) => {
  const { data, legacy, platform, start } = await numbersSite(context);
  const before = await start();
  await runOnce(before, [...before.runners.values()], { signal });
  change(legacy);
  await runOnce(before, [...before.runners.values()], { signal });
  // As the files stand when the machine loses power.
  const names = ["outbox.db", "outbox.db-wal"];
  for (const name of names) await copyFile(join(data, name), join(data, `${name}.copy`));
  await before.close();
  for (const name of names) await copyFile(join(data, `${name}.copy`), join(data, name));
  const log = join(data, "outbox.db-wal");
  await truncate(log, Math.floor((await stat(log)).size / 3));
  await runThrough(start, await start());
  assertEqual(platform, legacy);
});

test("what was paused stays paused, the ledger says where the one before ended, and three damaged files are kept", async (context) => {
  const { data, start } = await numbersSite(context);
  let site = await start();
  await runOnce(site, [...site.runners.values()], { signal });
  writePipelineState(site.store, "number", { paused: true });
  const { head } = verifyLedger(site.store);
  for (let time = 1; time <= 4; time += 1) {
    await site.close();
    await writeFile(`${store(data)}-wal`, "what was left");
    site = await start(new QianzhiError("QZ_STORE_CORRUPT", { path: store(data) }));
    assert.equal(readPipelineState(site.store, "number").paused, true);
    const [entry] = site.outbox.ledger.list();
    assert.equal(entry?.kind, "store-kept-aside");
    // Before anybody has asked the platform.
    assert.match(site.outbox.owed(site.runners.get("number")!.stream) ?? "", /damaged/);
    if (time === 1) assert.equal((entry.detail["ledger"] as { hash: string }).hash, head);
  }
  const names = await readdir(data);
  const kept = names.filter((name) => /^outbox\.db\.damaged-\w+$/.test(name));
  assert.equal(kept.length, 3);
  for (const name of kept)
    assert.equal(await readFile(join(data, `${name}-wal`), "utf8"), "what was left");
});

test("an agent on its schedule comes to rest when its data file turns out to be damaged", async (context) => {
  const { legacy, start } = await numbersSite(context);
  const site = await start();
  await runOnce(site, [...site.runners.values()], { signal });
  site.store.database.exec("UPDATE diff_block SET body = zeroblob(1000), bounds = zeroblob(100)");
  change(legacy);
  await assert.rejects(
    runSite(site, site.runners.values(), signal),
    (error) => QianzhiError.is(error) && error.code === "QZ_STORE_CORRUPT",
  );
  assert.equal(site.delivery.state().running, false);
});

test("a file that the lock is taken on and that is no database any more is made anew", async (context) => {
  const { data, start } = await numbersSite(context);
  await (await start()).close();
  await garble(join(data, "agent.lock"), 0, 2_000);
  const site = await start();
  await assert.rejects(
    start,
    (error) => QianzhiError.is(error) && error.code === "QZ_STORE_LOCKED",
  );
  await site.close();
});
