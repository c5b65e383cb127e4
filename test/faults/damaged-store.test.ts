import assert from "node:assert/strict";
import { once } from "node:events";
import { open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import {
  readPipelineState,
  runOnce,
  runSite,
  siteStatus,
  writePipelineState,
  type Site,
} from "@qianzhi/agent";
import { openDatabase, verifyLedger, type Database } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import { killSite } from "./kill-site.ts";
import { numbersSite, resource, until } from "./numbers-site.ts";

const ROWS = 1_000;
const PAGE_BYTES = 8_192;
const { signal } = new AbortController();

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
    "UPDATE t SET value = -1 WHERE id % 50 = 0; DELETE FROM t WHERE id % 50 = 1; INSERT INTO t (id, value) VALUES (100000, 1)",
  );

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
      const { data, legacy, start, assertEqual } = await numbersSite(context, { rows: ROWS });
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
      assertEqual();
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
  const { data, legacy, start, die, assertEqual } = await numbersSite(context, { rows: ROWS });
  const before = await start();
  await runOnce(before, [...before.runners.values()], { signal });
  change(legacy);
  await runOnce(before, [...before.runners.values()], { signal });
  await die(before);
  const log = join(data, "outbox.db-wal");
  await truncate(log, Math.floor((await stat(log)).size / 3));
  const site = await runThrough(start, await start());
  assert.equal(site.store.instance, before.store.instance);
  assertEqual();
});

test("what was paused stays paused, the ledger says where the one before ended, and three damaged files are kept", async (context) => {
  const { data, start } = await numbersSite(context, { rows: ROWS });
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
  const { legacy, start } = await numbersSite(context, { rows: ROWS });
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
  const { data, start } = await numbersSite(context, { rows: ROWS });
  await (await start()).close();
  await garble(join(data, "agent.lock"), 0, 2_000);
  const site = await start();
  await assert.rejects(
    start,
    (error) => QianzhiError.is(error) && error.code === "QZ_STORE_LOCKED",
  );
  await site.close();
});

test("I1, I9: an agent in a process of its own goes through damage without ending, and says so", async () => {
  await using site = await killSite(
    resource,
    { kind: "sqlite", options: { path: "./legacy.db" } },
    { table: "t", mode: "diff", key: ["id"], every: "1s", map: { id: "id", value: "value" } },
  );
  const legacy = await openDatabase(join(site.folder, "legacy.db"));
  legacy.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, value INTEGER);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) INSERT INTO t SELECT i, i FROM n`);
  const agent = site.start("run");
  const ended = once(agent, "exit");
  const { platform } = site.sandbox;
  const count = (): number => platform.resourceDigest("number").count;
  const data = join(site.folder, "data");
  try {
    await until(() => count() === ROWS, "the first load does not come");
    const own = await openDatabase(store(data));
    own.exec("PRAGMA busy_timeout = 10000");
    own.exec("UPDATE diff_block SET body = zeroblob(1000), bounds = zeroblob(100)");
    own.close();
    change(legacy);
    await until(() => count() !== ROWS, "it does not begin anew");
    assert.equal(agent.exitCode, null);
    const status = await site.answer("status");
    assert.equal((status["issues"] as { code: string }[])[0]?.code, "STORE_KEPT_ASIDE");
  } finally {
    agent.kill("SIGKILL");
    await ended;
    legacy.close();
  }
});
