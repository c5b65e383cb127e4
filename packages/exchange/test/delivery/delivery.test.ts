import assert from "node:assert/strict";
import { cp, rm } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { QianzhiError } from "@qianzhi/sdk";
import { collectReceipts } from "../../src/delivery/collect-receipts.ts";
import type { DeliveryOptions } from "../../src/index.ts";
import { memoryPlatform } from "../support/memory-platform.ts";
import { simWorld } from "../support/sim-world.ts";
import { keyText, openSite, persons, recordText, temporaryDirectory } from "../support/site.ts";

const { signal } = new AbortController();

const code = (expected: string) => (error: unknown) =>
  QianzhiError.is(error) && error.code === expected;

function assertAccounts(site: Awaited<ReturnType<typeof openSite>>): void {
  for (const { changes } of site.outbox.streams()) {
    assert.equal(
      changes.sealed,
      changes.accepted + changes.refused + changes.voided + changes.waiting,
    );
  }
}

test("what was sealed offline arrives in order, and the copy equals it", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  await site.seal({
    upserts: [
      [1, "a"],
      [2, "b"],
    ],
  });
  await site.seal({ upserts: [[2, "c"]], deletes: [1] });
  assert.deepEqual(site.outbox.waiting(), {
    batches: 2,
    changes: 4,
    bytes: site.outbox.waiting(persons).bytes,
  });
  await site.drain(platform);
  assert.deepEqual([...platform.copy(persons)], [[keyText(2), recordText(2, "c")]]);
  assert.equal(site.outbox.waiting().batches, 0);
  assertAccounts(site);
  assert.deepEqual([...platform.applied.values()], [1, 1]);
  assert.ok(site.outbox.ledger.verify().brokenAt === undefined);
});

test("a lost answer is asked for again and the batch is applied once", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  let lost = 0;
  platform.after = () => {
    if (lost++ < 3) throw new QianzhiError("QZ_PLATFORM_TIMEOUT", { limitMs: 1 });
  };
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(platform);
  assert.deepEqual([...platform.applied.values()], [1]);
  assertAccounts(site);
});

test("a refused record goes to quarantine with its key, and a later accepted version closes it", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  platform.refuse = (line) =>
    line.includes("bad")
      ? {
          temporary: false,
          reasons: [{ item: "name", code: "QZ_PATTERN", message: "does not fit" }],
        }
      : undefined;
  await site.seal({
    upserts: [
      [1, "bad"],
      [2, "b"],
    ],
  });
  await site.drain(platform);
  const [entry] = site.outbox.quarantine.list();
  assert.equal(entry?.origin, "platform");
  assert.deepEqual(entry?.place, { epoch: 1, sequence: 1, line: 2 });
  const shown = site.outbox.quarantine.show(entry?.id ?? 0, "tester");
  assert.equal(shown?.keyText, keyText(1));
  assert.equal(shown?.recordText, recordText(1, "bad"));
  assertAccounts(site);
  await site.seal({ upserts: [[1, "good"]] });
  await site.drain(platform);
  assert.equal(site.outbox.quarantine.count("persons"), 0);
  assert.equal(site.outbox.quarantine.list({ state: "closed" })[0]?.closedBy, "batch 1/2");
  assertAccounts(site);
});

test("an unreachable platform drops nothing and drain says why", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  platform.before = () => {
    throw new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: "x" });
  };
  await site.seal({ upserts: [[1, "a"]] });
  await assert.rejects(site.drain(platform), code("QZ_PLATFORM_UNREACHABLE"));
  assert.equal(site.outbox.waiting().batches, 1);
  platform.before = () => {};
  await site.drain(platform);
  assert.equal(platform.copy(persons).size, 1);
});

test("a platform restored to an earlier state gets the lost batches again", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(platform);
  const restore = platform.snapshot();
  await site.seal({ upserts: [[2, "b"]] });
  await site.seal({ upserts: [[3, "c"]] });
  await site.drain(platform);
  restore();
  assert.equal(platform.copy(persons).size, 1);
  await site.drain(platform);
  assert.equal(platform.copy(persons).size, 3);
  assert.equal(site.outbox.owed(persons), undefined);
  assertAccounts(site);
});

test("of a platform restored to an earlier state, receipts that come later are asked for from the first", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  platform.late = true;
  const seal = async (id: number): Promise<void> => {
    await site.seal({ upserts: [[id, "a"]] });
    await site.drain(platform);
    platform.release();
    await site.drain(platform);
  };
  await seal(1);
  const restore = platform.snapshot();
  for (const id of [2, 3, 4]) await seal(id);
  restore();
  await site.seal({ upserts: [[5, "b"]] });
  await site.drain(platform);
  platform.release();
  await site.drain(platform);
  assert.equal(platform.copy(persons).size, 5);
  assert.equal(site.outbox.waiting().batches, 0);
  assertAccounts(site);
});

test("a receipt of a batch that a copy of the directory has sent is kept for when the same is sealed here", async (t) => {
  const directory = await temporaryDirectory(t);
  const world = simWorld();
  const site = await openSite({ directory, world });
  t.after(() => site.close());
  const platform = memoryPlatform();
  platform.late = true;
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(platform);
  const copied = `${directory}-copy`;
  await cp(directory, copied, { recursive: true });
  t.after(() => rm(copied, { recursive: true, force: true }));
  const copy = await openSite({ directory: copied, world });
  t.after(() => copy.close());
  await copy.seal({ upserts: [[2, "b"]] });
  await copy.drain(platform);
  platform.release();
  const delivery = site.delivery(platform);
  await world.run(collectReceipts(site.outbox, platform.target, undefined, signal));
  await site.seal({ upserts: [[2, "b"]] });
  await world.run(delivery.drain());
  assert.deepEqual(site.outbox.streams()[0]?.batches, { sealed: 0, handed: 0, reseal: 0 });
  assertAccounts(site);
});

test("a platform restored beyond what is retained begins a new epoch and owes a reconciliation", async (t) => {
  const site = await openSite({
    directory: await temporaryDirectory(t),
    limits: { retainDeliveredMs: 10 },
  });
  t.after(() => site.close());
  const platform = memoryPlatform();
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(platform);
  const restore = platform.snapshot();
  await site.seal({ upserts: [[2, "b"]] });
  await site.drain(platform);
  site.world.pass(1000);
  await site.drain(platform);
  assert.equal(site.outbox.streams()[0]?.bytes.retained, 0);
  restore();
  const voided: unknown[] = [];
  await site.seal({ upserts: [[3, "c"]] });
  await site.drain(platform, {
    onVoided: (stream, batches) => void voided.push(stream.pipeline, [...batches].length),
  });
  assert.deepEqual(voided, ["persons", 1]);
  assert.ok(site.outbox.owed(persons));
  assert.equal(site.outbox.streams()[0]?.epoch, 2);
  assertAccounts(site);
  await site.seal({ upserts: [[4, "d"]] });
  await site.drain(platform);
  assert.equal(platform.copy(persons).size, 2);
});

test("a new data directory begins above the epoch in force and keeps what it sealed; the old one is fenced", async (t) => {
  const platform = memoryPlatform();
  const old = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => old.close());
  await old.seal({ upserts: [[1, "a"]] });
  await old.drain(platform);
  const fresh = await openSite({
    directory: await temporaryDirectory(t),
    world: simWorld(2),
  });
  t.after(() => fresh.close());
  await fresh.seal({ upserts: [[2, "b"]] });
  await fresh.drain(platform);
  assert.equal(platform.copy(persons).size, 2);
  assert.ok(fresh.outbox.owed(persons));
  assert.equal(fresh.outbox.streams()[0]?.epoch, 2);
  assertAccounts(fresh);
  await old.seal({ upserts: [[3, "c"]] });
  await assert.rejects(old.drain(platform), code("QZ_SITE_TAKEN"));
  assert.equal(old.outbox.waiting().batches, 1);
  await old.drain(platform, { takeOver: true });
  assert.equal(old.outbox.streams()[0]?.epoch, 3);
  assertAccounts(old);
});

test("a batch refused whole is taken apart until the change at fault stands alone in quarantine", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  platform.before = (batch) => {
    const text = String(
      batch.encoding === "gzip"
        ? process.getBuiltinModule("node:zlib").gunzipSync(batch.body)
        : batch.body,
    );
    if (text.includes("poison")) throw new QianzhiError("QZ_BATCH_REFUSED", { problem: "filter" });
  };
  await site.seal({
    upserts: [
      [1, "a"],
      [2, "b"],
      [3, "poison"],
      [4, "d"],
      [5, "e"],
    ],
  });
  await site.seal({ upserts: [[1, "later"]], deletes: [2] });
  await site.drain(platform);
  assert.deepEqual([...platform.copy(persons).keys()].sort(), [1, 4, 5].map(keyText));
  assert.equal(platform.copy(persons).get(keyText(1)), recordText(1, "later"));
  const entries = site.outbox.quarantine.list();
  assert.equal(entries.length, 1);
  assert.equal(site.outbox.quarantine.show(entries[0]?.id ?? 0, "t")?.keyText, keyText(3));
  assert.equal(site.outbox.owed(persons), undefined);
  assertAccounts(site);
});

test("a share that ended voids what waits, erases its bytes and owes a reconciliation", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  await site.seal({ upserts: [[1, "secret"]] });
  await site.drain(platform, {
    mayLeave: (resource) =>
      new QianzhiError("QZ_POLICY_WITHHELD", { resource, problem: "expired" }),
  });
  assert.deepEqual(platform.seen, []);
  const [batch] = site.outbox.batches();
  assert.equal(batch?.state, "voided");
  assert.ok(site.outbox.owed(persons));
  await site.drain(platform);
  assert.equal(site.outbox.batches()[0]?.storedBytes, 0);
  assertAccounts(site);
});

test("records that the platform withholds are voided and said, never sent again; a deletion goes (I5)", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(platform);
  platform.before = ({ manifest }) => {
    if (manifest.upserts > 0)
      throw new QianzhiError("QZ_POLICY_WITHHELD", { resource: "person", problem: "it ended" });
  };
  await site.seal({ upserts: [[2, "b"]] });
  const told: string[] = [];
  const options: Partial<DeliveryOptions> = {
    onVoided: (_, batches) => told.push(...[...batches].map(({ sequence }) => `voids ${sequence}`)),
    onWithheld: (_, version, { details }) => told.push(`${version}: ${String(details["problem"])}`),
  };
  await site.drain(platform, options);
  assert.deepEqual(told, ["1.0.0: it ended", "voids 2"]);
  assert.equal(site.outbox.streams()[0]?.changes.voided, 1);
  assert.ok(site.outbox.ledger.list().some(({ kind }) => kind === "withheld"));
  await site.seal({ deletes: [1] });
  await site.drain(platform, options);
  assert.equal(platform.copy(persons).size, 0);
  assertAccounts(site);
});

test("a target that answers late is done when its receipts have come, in whatever order", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  platform.late = true;
  platform.refuse = (line) =>
    line.includes("bad")
      ? { temporary: true, reasons: [{ code: "QZ_ORIGIN_HELD", message: "held" }] }
      : undefined;
  await site.seal({
    upserts: [
      [1, "bad"],
      [2, "b"],
    ],
  });
  await site.seal({ upserts: [[1, "good"]] });
  await site.drain(platform);
  assert.deepEqual(site.outbox.streams()[0]?.batches, { sealed: 0, handed: 2, reseal: 0 });
  platform.release((receipts) => receipts.reverse());
  await site.drain(platform);
  assert.deepEqual(site.outbox.streams()[0]?.batches, { sealed: 0, handed: 0, reseal: 0 });
  // The refusal of the older version came after the acceptance of the newer one.
  assert.equal(site.outbox.quarantine.count("persons"), 0);
  assertAccounts(site);
});

test("I3: a batch whose bytes are not those that were sealed is not taken apart, and the store is known to be damaged", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  await site.seal({
    upserts: [
      [1, "a"],
      [2, "b"],
    ],
  });
  const altered = gzipSync(Buffer.from("not what was sealed\n".repeat(3)));
  site.store.database.prepare("UPDATE body SET bytes = ?").run(altered);
  const platform = memoryPlatform();
  platform.before = () => {
    throw new QianzhiError("QZ_BATCH_REFUSED", { problem: "not readable" });
  };
  await assert.rejects(site.drain(platform));
  assert.equal(site.store.damaged.aborted, true);
  assert.equal(platform.applied.size, 0);
});
