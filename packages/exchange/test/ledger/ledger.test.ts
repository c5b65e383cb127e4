import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyLedger } from "../../src/index.ts";
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
  store.database.exec("DROP TRIGGER ledger_kept");
  store.database.exec("DELETE FROM ledger WHERE seq = 1");
  assert.equal(verifyLedger(store).brokenAt, 1);
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
