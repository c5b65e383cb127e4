import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { open, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { QianzhiError } from "@qianzhi/sdk";
import { lockDirectory, openDatabase, openStore, type SchemaPart } from "../../src/index.ts";
import { simWorld } from "../support/sim-world.ts";
import { openSite, persons, temporaryDirectory } from "../support/site.ts";

const code = (expected: string) => (error: unknown) =>
  QianzhiError.is(error) && error.code === expected;
const limits = { reserveBytes: 0 };
const world = simWorld();

test(
  "everything in the directory is readable by its owner alone",
  { skip: process.platform === "win32" },
  async (t) => {
    const directory = join(await temporaryDirectory(t), "data");
    const store = await openStore({ directory, world, limits: { reserveBytes: 1 << 20 } });
    t.after(() => store.close());
    store.transaction(() => store.settings.set("a", "b"));
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    for (const name of await readdir(directory)) {
      assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name);
    }
    assert.equal((await stat(join(directory, "reserve"))).size, 1 << 20);
  },
);

test("instance and secret survive a restart, and two processes that start together agree", async (t) => {
  const directory = await temporaryDirectory(t);
  const stores = await Promise.all(
    [1, 2, 3].map((seed) => openStore({ directory, world: simWorld(seed), limits })),
  );
  assert.equal(new Set(stores.map((store) => store.instance)).size, 1);
  assert.equal(
    new Set(stores.map((store) => Buffer.from(store.secret.derive("x")).toString("hex"))).size,
    1,
  );
  for (const store of stores) {
    store.close();
    store.close();
  }
  const again = await openStore({ directory, world, limits });
  t.after(() => again.close());
  assert.equal(again.instance, stores[0]?.instance);
  assert.notDeepEqual(again.secret.derive("x"), again.secret.derive("y"));
});

test("a program's own tables are migrated with the file, keeping a copy of what was before", async (t) => {
  const directory = await temporaryDirectory(t);
  const one: SchemaPart = { name: "mine", migrations: ["CREATE TABLE mine (a INTEGER)"] };
  const two: SchemaPart = {
    name: "mine",
    migrations: [...one.migrations, "ALTER TABLE mine ADD COLUMN b TEXT"],
  };
  (await openStore({ directory, world, limits, schemas: [one] })).close();
  const store = await openStore({ directory, world, limits, schemas: [two] });
  store.database.exec("INSERT INTO mine VALUES (1, 'x')");
  store.close();
  assert.ok((await readdir(directory)).some((name) => name.startsWith("outbox.db.before-")));
  await assert.rejects(
    openStore({ directory, world, limits, schemas: [one] }),
    code("QZ_STORE_NEWER"),
  );
  const broken: SchemaPart = {
    name: "mine",
    migrations: [...two.migrations, "CREATE TABLE more (a)", "no SQL"],
  };
  await assert.rejects(openStore({ directory, world, limits, schemas: [broken] }));
  const still = await openStore({ directory, world, limits, schemas: [two] });
  t.after(() => still.close());
  assert.deepEqual(
    still.database.prepare("SELECT name FROM sqlite_schema WHERE name = 'more'").all(),
    [],
  );
});

test(
  "files put back with a wider mode, and the copy before an upgrade, are closed to others",
  { skip: process.platform === "win32" },
  async (t) => {
    const directory = await temporaryDirectory(t);
    const { chmod, stat } = await import("node:fs/promises");
    const one: SchemaPart = { name: "mine", migrations: ["CREATE TABLE mine (a INTEGER)"] };
    const two: SchemaPart = {
      name: "mine",
      migrations: [...one.migrations, "CREATE TABLE more (a)"],
    };
    (await openStore({ directory, world, limits, schemas: [one] })).close();
    for (const name of ["outbox.db", "site.secret"]) await chmod(join(directory, name), 0o644);
    const store = await openStore({ directory, world, limits, schemas: [two] });
    t.after(() => store.close());
    for (const name of await readdir(directory))
      assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name);
  },
);

test("a reserve that somebody short of space removed is set aside again", async (t) => {
  const directory = await temporaryDirectory(t);
  const { rm } = await import("node:fs/promises");
  const site = await openSite({ directory, limits: { reserveBytes: 1 << 20 } });
  t.after(() => site.close());
  await rm(join(directory, "reserve"));
  assert.equal(site.store.reserve.held, false);
  site.store.reserve.release();
  await site.seal({ upserts: [[1, "a"]] });
  assert.equal(site.store.reserve.held, true);
});

test("a damaged or foreign file is refused and left alone", async (t) => {
  const damaged = await temporaryDirectory(t);
  await writeFile(
    join(damaged, "outbox.db"),
    "this is not a database, whatever its name says, and long enough to be one".repeat(100),
  );
  await assert.rejects(openStore({ directory: damaged, world, limits }), code("QZ_STORE_CORRUPT"));
  const foreign = await temporaryDirectory(t);
  const database = await openDatabase(join(foreign, "outbox.db"));
  database.exec("CREATE TABLE theirs (a)");
  database.close();
  await assert.rejects(openStore({ directory: foreign, world, limits }), code("QZ_STORE_FOREIGN"));
  const torn = await temporaryDirectory(t);
  const site = await openSite({ directory: torn });
  await site.seal({ upserts: [[1, "a"]] });
  const { rootpage = 0 } =
    site.store.database
      .prepare<{ rootpage: number }>("SELECT rootpage FROM sqlite_schema WHERE name = 'batch'")
      .get() ?? {};
  site.close();
  const file = await open(join(torn, "outbox.db"), "r+");
  await file.write(Buffer.alloc(8192, 0xa5), 0, 8192, (rootpage - 1) * 8192);
  await file.close();
  const again = await openSite({ directory: torn });
  t.after(() => again.close());
  assert.throws(() => again.outbox.batches(), code("QZ_STORE_CORRUPT"));
  assert.equal(again.store.damaged.aborted, true);
  await assert.rejects(again.seal({ upserts: [[1, "a"]] }), code("QZ_STORE_CORRUPT"));
});

test(
  "a directory that cannot be written is said",
  { skip: process.getuid?.() === 0 ? "root may write everywhere" : false },
  async (t) => {
    const directory = await temporaryDirectory(t);
    const { chmod } = await import("node:fs/promises");
    await chmod(directory, 0o500);
    await assert.rejects(
      openStore({ directory: join(directory, "data"), world, limits }),
      code("QZ_STORE_DENIED"),
    );
  },
);

test("a transaction rolls back on any error, and one inside another joins it", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const { store } = site;
  assert.throws(
    () =>
      store.transaction(() => {
        store.transaction(() => store.settings.set("a", "1"));
        throw new QianzhiError("QZ_CANCELLED", { operation: "test" });
      }),
    code("QZ_CANCELLED"),
  );
  assert.equal(store.settings.get("a"), undefined);
  assert.equal(
    store.transaction(() => store.transaction(() => 7), { durable: false }),
    7,
  );
  assert.deepEqual(
    store.database.prepare("PRAGMA synchronous").get(),
    Object.assign(Object.create(null), { synchronous: 2 }),
  );
});

test("one holder has the directory, and its death by kill -9 frees it", async (t) => {
  const directory = await temporaryDirectory(t);
  const holder = fork(fileURLToPath(new URL("../support/hold-lock.js", import.meta.url)), [
    directory,
  ]);
  t.after(async () => void holder.kill("SIGKILL"));
  await once(holder, "message");
  await assert.rejects(lockDirectory(directory), code("QZ_STORE_LOCKED"));
  const other = await lockDirectory(directory, "other.lock");
  other.release();
  const gone = once(holder, "exit");
  holder.kill("SIGKILL");
  await gone;
  const lock = await lockDirectory(directory);
  await assert.rejects(lockDirectory(directory), code("QZ_STORE_LOCKED"));
  lock.release();
  lock.release();
  (await lockDirectory(directory)).release();
});

test("a full outbox refuses, keeps what it has, and goes on when there is room", async (t) => {
  const { memoryPlatform } = await import("../support/memory-platform.ts");
  const site = await openSite({
    directory: await temporaryDirectory(t),
    limits: { maxBytes: 2_000 },
  });
  t.after(() => site.close());
  const random = (): string => Buffer.from(site.world.random.bytes(300)).toString("base64");
  let sealed = 0;
  await assert.rejects(async () => {
    for (; ; sealed += 1) await site.seal({ upserts: [[sealed, random()]] });
  }, code("QZ_OUTBOX_FULL"));
  assert.ok(sealed > 2);
  assert.equal(site.outbox.waiting().batches, sealed);
  const platform = memoryPlatform();
  await site.drain(platform);
  // Delivered bodies give way to what waits.
  for (let at = 0; at < sealed; at += 1) await site.seal({ upserts: [[at, random()]] });
  assert.ok(
    site.outbox.streamTable.room().waiting + site.outbox.streamTable.room().retained <= 2_000,
  );
  await assert.rejects(
    site.seal({ upserts: [[99, "x".repeat(9 << 20)]] }),
    code("QZ_BATCH_TOO_LARGE"),
  );
});

test("what is known of a batch goes with its body after the retention, whatever comes next being counted from the rest", async (t) => {
  const { memoryPlatform } = await import("../support/memory-platform.ts");
  const platform = memoryPlatform();
  const site = await openSite({
    directory: await temporaryDirectory(t),
    limits: { retainDeliveredMs: 1_000 },
  });
  t.after(() => site.close());
  for (let at = 0; at < 5; at += 1) await site.seal({ upserts: [[at, "x"]] });
  await site.drain(platform);
  site.world.pass(2_000);
  const delivery = site.delivery(platform);
  delivery.start();
  site.world.pass(100);
  await site.world.run(delivery.drain());
  for (let step = 0; step < 5; step += 1) await site.world.run(site.world.timers.sleep(100));
  await site.world.run(delivery.stop());
  assert.deepEqual(
    site.outbox.batches().map(({ manifest, storedBytes }) => [manifest.sequence, storedBytes]),
    [[5, 0]],
  );
  await site.seal({ upserts: [[9, "y"]] });
  await site.drain(platform);
  assert.deepEqual(
    site.outbox.batches().map(({ manifest }) => manifest.sequence),
    [5, 6],
  );
  assert.equal(platform.copy(persons).size, 6);
});

test("status and start do not slow down with the backlog: no statement scans the batches", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  for (let at = 0; at < 5; at += 1) await site.seal({ upserts: [[at, "x"]] });
  const { database } = site.store;
  const plans = [
    "SELECT * FROM batch WHERE stream = 1 AND state = 'sealed' ORDER BY epoch, sequence LIMIT 1",
    "SELECT * FROM batch WHERE stream = 1 AND state = 'reseal' ORDER BY ordinal, part LIMIT 1",
    "SELECT * FROM batch WHERE stream = 1 AND state = 'receipted' AND ordinal > 5 ORDER BY ordinal",
    "SELECT * FROM batch WHERE stream = 1 AND epoch = 1 AND sequence = 3",
    "SELECT id FROM batch WHERE stored > 0 AND state = 'voided' ORDER BY ended_at LIMIT 5",
    "SELECT id FROM batch WHERE stored > 0 AND state = 'receipted' AND ended_at < 5 ORDER BY ended_at LIMIT 5",
    "SELECT b.id FROM batch b JOIN stream s ON s.id = b.stream WHERE b.stored = 0 AND b.state IN ('receipted', 'voided') AND b.ended_at < 5 ORDER BY b.ended_at LIMIT 5",
    "SELECT max(receipt_order) FROM batch",
    "SELECT max(id) FROM batch",
    "SELECT * FROM batch WHERE receipt_order > 3 AND stored > 0 ORDER BY receipt_order LIMIT 1",
    "SELECT * FROM quarantine WHERE pipeline = 'x' AND closed_at IS NULL",
  ];
  for (const sql of plans) {
    const plan = database
      .prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => row.detail)
      .join("; ");
    assert.match(
      plan,
      /SEARCH|SCAN batch USING INDEX batch_(voided|delivered|over)/,
      `${sql}: ${plan}`,
    );
    assert.doesNotMatch(plan, /TEMP B-TREE/, `${sql}: ${plan}`);
  }
  assert.equal(site.outbox.waiting(persons).batches, 5);
});
