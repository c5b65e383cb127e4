import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test, type TestContext } from "node:test";
import { verifyLedger, type ExchangeLimits } from "../../src/index.ts";
import { createLedger } from "../../src/ledger/ledger.ts";
import { openSite, temporaryDirectory } from "../support/site.ts";

test("the ledger shows what was altered, cut out or put in", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const {
    store,
    outbox: { ledger },
  } = site;
  for (const run of [1, 2, 3]) ledger.append("run", { run });
  const { head, entries } = verifyLedger(store);
  assert.equal(entries, 3);
  assert.equal(ledger.list().at(-1)?.hash, head);
  assert.throws(() => store.database.exec("DELETE FROM ledger WHERE seq = 2"));
  assert.throws(() => store.database.exec("UPDATE ledger SET detail = '{}' WHERE seq = 2"));
  // Whoever owns the file can take the triggers away; the chain still tells.
  store.database.exec("DROP TRIGGER ledger_fixed");
  store.database.exec("UPDATE ledger SET detail = '{\"run\":9}' WHERE seq = 2");
  assert.equal(verifyLedger(store).brokenAt, 2);
  store.database.exec("UPDATE ledger SET detail = '{\"run\":2}' WHERE seq = 2");
  assert.equal(verifyLedger(store).brokenAt, undefined);
  // One who knows how an entry is hashed would have to write all that follow anew.
  const [, second] = ledger.list();
  const hash = createHash("sha256")
    .update([second?.previous, 2, second?.at, "run", '{"run":9}'].join("\n"))
    .digest("hex");
  const forge = store.database.prepare("UPDATE ledger SET detail = ?, hash = ? WHERE seq = 2");
  forge.run('{"run":9}', hash);
  assert.equal(verifyLedger(store).brokenAt, 3);
  forge.run('{"run":2}', second?.hash ?? "");
  assert.equal(verifyLedger(store).brokenAt, undefined);
  store.database.exec("DROP TRIGGER ledger_kept");
  store.database.exec("DELETE FROM ledger WHERE seq = 1");
  assert.equal(verifyLedger(store).brokenAt, 2);
});

const DAY_MS = 24 * 3_600_000;

/** A ledger of one entry a day. */
async function daily(t: TestContext, days: number, limits: Partial<ExchangeLimits>) {
  const site = await openSite({ directory: await temporaryDirectory(t), limits });
  t.after(() => site.close());
  const { ledger } = site.outbox;
  for (let day = 1; day <= days; day += 1) {
    ledger.append("run", { day });
    site.world.pass(DAY_MS);
  }
  return { ...site, ledger };
}

test("entries older than their time are cut off, and the chain tells of it and of no other cut (I7)", async (t) => {
  const { store, ledger } = await daily(t, 30, { keepLedgerMs: 10 * DAY_MS });
  const all = ledger.list();
  assert.equal(ledger.cut(), 20);
  assert.equal(ledger.cut(), 0);
  assert.deepEqual(ledger.list().at(-1)?.detail, {
    entries: 20,
    through: 20,
    hash: all[19]?.hash,
  });
  const { first, entries, brokenAt } = verifyLedger(store);
  assert.deepEqual({ first, entries, brokenAt }, { first: 21, entries: 11, brokenAt: undefined });
  assert.equal(ledger.extent().since, all[20]?.at);
  assert.throws(() => store.database.exec("DELETE FROM ledger WHERE seq = 21"));
  // What tells of the cut stands behind what was altered.
  store.database.exec("DROP TRIGGER ledger_fixed; UPDATE ledger SET at = at + 1 WHERE seq = 25");
  assert.equal(verifyLedger(store).brokenAt, 25);
  store.database.exec("UPDATE ledger SET at = at - 1 WHERE seq = 25");
  store.database.exec("UPDATE ledger_extent SET cut_seq = 21; DELETE FROM ledger WHERE seq = 21");
  assert.equal(verifyLedger(store).brokenAt, 22);
});

test("what the ledger takes stays within its limit, whatever is written (I7)", async (t) => {
  const maxLedgerBytes = 20_000;
  const { store, ledger } = await daily(t, 1, { maxLedgerBytes });
  const taken = (): number | undefined =>
    store.database
      .prepare<{ bytes: number }>(
        "SELECT sum(200 + length(CAST(detail AS BLOB))) AS bytes FROM ledger",
      )
      .get()?.bytes;
  let cuts = 0;
  for (let run = 0; run < 2_000; run += 1) {
    ledger.append("run", { run, name: "张".repeat(run % 40) });
    if (ledger.cut() > 0) cuts += 1;
    assert.equal(ledger.extent().bytes, taken());
    assert.ok(ledger.extent().bytes <= maxLedgerBytes + 400);
  }
  assert.ok(cuts < 400, `${cuts} cuts`);
  assert.equal(verifyLedger(store).brokenAt, undefined);
});

test("what went for want of room is told apart from what went at its time", async (t) => {
  const { store, world, ledger } = await daily(t, 30, { keepLedgerMs: 10 * DAY_MS });
  ledger.cut();
  assert.equal(ledger.extent().cutAt, undefined);
  const narrow = createLedger({ ...store, limits: { ...store.limits, maxLedgerBytes: 2_000 } });
  const entries = narrow.list();
  const gone = narrow.cut();
  assert.equal(ledger.extent().cutAt, entries[gone - 1]?.at);
  world.pass(12 * DAY_MS);
  assert.ok(ledger.cut() > 0);
  assert.equal(ledger.extent().cutAt, entries[gone - 1]?.at);
});

test("a ledger that has no room at all is not cut for ever", async (t) => {
  const { ledger } = await daily(t, 5, { maxLedgerBytes: 0 });
  let cuts = 0;
  while (cuts < 5 && ledger.cut() > 0) cuts += 1;
  assert.ok(cuts < 5);
  assert.ok(ledger.list().length < 3);
});

test("an entry disappears with the transaction that wrote it", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  assert.throws(() =>
    site.store.transaction(() => {
      site.outbox.ledger.append("run", {});
      throw new RangeError("undo");
    }),
  );
  assert.deepEqual(site.outbox.ledger.list(), []);
});
