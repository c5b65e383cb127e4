import assert from "node:assert/strict";
import { cp, rm } from "node:fs/promises";
import { test } from "node:test";
import { QianzhiError, type Target } from "@qianzhi/sdk";
import { memoryPlatform, type MemoryPlatform } from "../support/memory-platform.ts";
import { simWorld } from "../support/sim-world.ts";
import { openSite, persons, temporaryDirectory } from "../support/site.ts";

/** A platform of level 1: it cannot be asked where it stands, and says so only when it refuses. */
function mute(platform: MemoryPlatform): MemoryPlatform {
  const { position: _, ...target } = platform.target;
  const capabilities: Target["capabilities"] = async (signal) => ({
    ...(await platform.target.capabilities(signal)),
    position: false,
  });
  return Object.assign(Object.create(platform) as MemoryPlatform, {
    target: { ...target, capabilities },
  });
}

const code = (expected: string) => (error: unknown) =>
  QianzhiError.is(error) && error.code === expected;

test("a platform that cannot be asked is aligned with by what it refuses", async (t) => {
  const platform = memoryPlatform();
  const old = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => old.close());
  await old.seal({ upserts: [[1, "a"]] });
  await old.drain(mute(platform));
  const fresh = await openSite({ directory: await temporaryDirectory(t), world: simWorld(2) });
  t.after(() => fresh.close());
  await fresh.seal({ upserts: [[2, "b"]] });
  await fresh.drain(mute(platform));
  assert.equal(platform.copy(persons).size, 2);
  assert.ok(fresh.outbox.owed(persons));
  await old.seal({ upserts: [[3, "c"]] });
  await assert.rejects(
    old.drain(mute(platform)),
    (error) => QianzhiError.is(error) && error.code === "QZ_SITE_TAKEN",
  );
  assert.equal(old.outbox.waiting().batches, 1);
});

test("a platform that cannot be asked and has lost the stream altogether gets everything again", async (t) => {
  const platform = memoryPlatform();
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const before = platform.snapshot();
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(mute(platform));
  before();
  await site.seal({ upserts: [[2, "b"]] });
  await site.drain(mute(platform));
  assert.equal(platform.copy(persons).size, 2);
});

test("a platform that cannot be asked and has lost the stream beyond what is retained is begun anew", async (t) => {
  const platform = memoryPlatform();
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const before = platform.snapshot();
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(mute(platform));
  site.outbox.batchTable.erase(Number.MAX_SAFE_INTEGER, 10);
  before();
  await site.seal({ upserts: [[2, "b"]] });
  await site.drain(mute(platform), { resealable: () => true });
  assert.equal(platform.copy(persons).size, 1);
  assert.ok(site.outbox.owed(persons), "what was lost is to be compared");
});

test("what the target can do is asked again when it does not understand", async (t) => {
  const platform = memoryPlatform();
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  let takes: readonly ("gzip" | "identity")[] = ["gzip", "identity"];
  const target: Target = {
    ...platform.target,
    capabilities: async (signal) => ({
      ...(await platform.target.capabilities(signal)),
      encodings: takes,
    }),
    async deliver(batch, signal) {
      if (!(takes as readonly string[]).includes(batch.encoding))
        throw new QianzhiError("QZ_REQUEST_INVALID", { problem: "content encoding", status: 415 });
      return platform.target.deliver(batch, signal);
    },
  };
  const delivery = site.delivery({ ...platform, target });
  delivery.start();
  await site.seal({ upserts: [[1, "a"]] });
  await site.world.run(delivery.drain());
  // The platform's next version runs on another runtime.
  takes = ["identity"];
  await site.seal({ upserts: [[2, "b"]] });
  await assert.rejects(site.world.run(delivery.drain()));
  site.world.pass(900_000);
  await site.world.run(delivery.drain());
  assert.equal(platform.copy(persons).size, 2);
  await site.world.run(delivery.stop());
});

test("a receipt that is not to be believed, or cannot be had, holds up neither batches nor other receipts", async (t) => {
  const platform = memoryPlatform();
  platform.late = true;
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  await site.seal({ upserts: [[1, "a"]] });
  await site.seal({ upserts: [[2, "b"]] });
  await site.drain(platform);
  platform.release(([first, ...rest]) => [{ ...first!, accepted: 7 }, ...rest]);
  await site.drain(platform);
  const [stream] = site.outbox.streams();
  assert.deepEqual(stream?.batches, { sealed: 0, handed: 1, reseal: 0 });
  assert.ok(site.world.logged.some(({ event }) => event === "receipt-not-believed"));
  const broken: Target = {
    ...platform.target,
    receipts: () => Promise.reject(new QianzhiError("QZ_PROTOCOL", { problem: "not JSON" })),
  };
  const delivery = site.delivery({ ...platform, target: broken });
  await site.world.run(delivery.drain());
  assert.equal(delivery.state().receipts?.error.code, "QZ_PROTOCOL");
  assert.equal(delivery.state().target, undefined);
  await site.seal({ upserts: [[3, "c"]] });
  await site.world.run(delivery.drain());
  assert.equal(platform.copy(persons).size, 3);
});

test("a site whose data directory was restored from a backup begins anew above itself", async (t) => {
  const platform = memoryPlatform();
  const directory = await temporaryDirectory(t);
  const world = simWorld();
  const site = await openSite({ directory, world });
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(platform);
  site.close();
  const backup = `${directory}-backup`;
  await cp(directory, backup, { recursive: true });
  t.after(() => rm(backup, { recursive: true, force: true }));
  const later = await openSite({ directory, world });
  await later.seal({ upserts: [[2, "b"]] });
  await later.drain(platform);
  later.close();
  const restored = await openSite({ directory: backup, world });
  t.after(() => restored.close());
  await restored.seal({ upserts: [[3, "c"]] });
  const voided: number[] = [];
  await restored.drain(platform, {
    onVoided: (_, batches) => voided.push(...[...batches].map(({ sequence }) => sequence)),
  });
  // What it sealed on top of an old state is void: its source is read again.
  assert.deepEqual(voided, [2]);
  assert.ok(restored.outbox.owed(persons));
  assert.equal(restored.outbox.streams()[0]?.epoch, 2);
});

test("of two that run on copies of one data directory, one stops and opens nothing", async (t) => {
  const platform = memoryPlatform();
  const directory = await temporaryDirectory(t);
  const world = simWorld();
  const original = await openSite({ directory, world });
  t.after(() => original.close());
  await original.seal({ upserts: [[1, "a"]] });
  await original.drain(platform);
  const copied = `${directory}-copy`;
  await cp(directory, copied, { recursive: true });
  t.after(() => rm(copied, { recursive: true, force: true }));
  const clone = await openSite({ directory: copied, world });
  t.after(() => clone.close());
  await clone.seal({ upserts: [[2, "b"]] });
  await clone.drain(platform);
  await original.seal({ upserts: [[3, "c"]] });
  await original.drain(platform);
  const { epoch } = original.outbox.streams()[0]!;
  assert.equal(epoch, 2, "nobody can tell it from a directory that was restored");
  for (const name of ["d", "e"]) {
    await clone.seal({ upserts: [[4, name]] });
    await assert.rejects(clone.drain(platform), code("QZ_SITE_TAKEN"));
    await original.seal({ upserts: [[5, name]] });
    await original.drain(platform);
  }
  assert.equal(original.outbox.streams()[0]?.epoch, epoch);
  assert.equal(clone.outbox.streams()[0]?.epoch, 1);
});

test("streams go side by side: one that is refused does not hold the others up", async (t) => {
  const platform = memoryPlatform();
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const names = Array.from({ length: 12 }, (_, at) => ({ ...persons, pipeline: `p${at}` }));
  for (const stream of names) {
    await site.outbox.seal({
      stream,
      version: "1.0.0",
      key: ["id"],
      deletes: [],
      upserts: ['{"id":1}'],
    });
  }
  platform.before = ({ manifest }) => {
    if (manifest.pipeline === "p3") throw new QianzhiError("QZ_NOT_ALLOWED", { ...manifest });
  };
  const delivery = site.delivery(platform);
  await assert.rejects(
    site.world.run(delivery.drain()),
    (error) => QianzhiError.is(error) && error.code === "QZ_NOT_ALLOWED",
  );
  assert.equal(names.filter((stream) => platform.copy(stream).size === 1).length, 11);
  assert.deepEqual(
    delivery.state().streams.map(({ stream }) => stream.pipeline),
    ["p3"],
  );
});

test("while the target is away it is asked by one stream at a time, ever more seldom", async (t) => {
  const platform = memoryPlatform();
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  for (let at = 0; at < 5; at += 1) {
    const stream = { ...persons, pipeline: `p${at}` };
    await site.outbox.seal({
      stream,
      version: "1.0.0",
      key: ["id"],
      deletes: [],
      upserts: ['{"id":1}'],
    });
  }
  const asked: number[] = [];
  const target: Target = {
    ...platform.target,
    capabilities() {
      asked.push(site.world.clock.monotonic());
      throw new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: "x" });
    },
  };
  const limits = { drainPatienceMs: 600_000 };
  await assert.rejects(site.world.run(site.delivery({ ...platform, target }, { limits }).drain()));
  const waits = asked.slice(1).map((time, at) => time - (asked[at] ?? 0));
  assert.ok(asked.length >= 10 && asked.length <= 40, String(asked.length));
  assert.ok(
    waits.every((wait) => wait >= 500 && wait <= 61_000),
    String(waits),
  );
  assert.ok((waits.at(-1) ?? 0) >= 30_000);
});

test("a receipt that does not add up is not believed", async (t) => {
  const platform = memoryPlatform();
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  await site.seal({
    upserts: [
      [1, "a"],
      [2, "b"],
    ],
  });
  const wrong = [
    { accepted: 1 },
    { digest: "0".repeat(64) },
    { sequence: 2 },
    { accepted: 1, refused: [{ line: 9, temporary: false, reasons: [] }] },
  ];
  for (const change of wrong) {
    const target: Target = {
      ...platform.target,
      async deliver(batch, signal) {
        const delivery = await platform.target.deliver(batch, signal);
        return "receipt" in delivery ? { receipt: { ...delivery.receipt, ...change } } : delivery;
      },
    };
    await assert.rejects(
      site.world.run(site.delivery({ ...platform, target }).drain()),
      (error) => QianzhiError.is(error) && error.code === "QZ_PROTOCOL",
    );
    assert.equal(site.outbox.waiting().batches, 1);
  }
  await site.drain(platform);
  assert.equal(site.outbox.waiting().batches, 0);
});
