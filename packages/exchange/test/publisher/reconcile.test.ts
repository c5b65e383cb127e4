import assert from "node:assert/strict";
import { test } from "node:test";
import { defineResource, QianzhiError, type JsonRecord } from "@qianzhi/sdk";
import { openEmbedded, person, type Person } from "../support/embedded.ts";
import { memoryPlatform, type MemoryPlatform } from "../support/memory-platform.ts";
import { keyText, persons, recordText, temporaryDirectory } from "../support/site.ts";

const code = (expected: string) => (error: unknown) =>
  QianzhiError.is(error) && error.code === expected;
const pipeline = "persons";

/** A platform that also tells what it holds, unless it is away. */
function listing(platform: MemoryPlatform): MemoryPlatform & { away: boolean } {
  const { target } = platform;
  const keys = (): string[] => [...platform.copy(persons).keys()];
  return Object.assign(platform, {
    away: false,
    target: {
      ...target,
      capabilities: async (signal: AbortSignal) => {
        if ((platform as { away?: boolean }).away === true)
          throw new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: "platform" });
        return { ...(await target.capabilities(signal)), digests: true };
      },
      digest: async () => ({ epoch: 1, sequence: 1, count: keys().length, sum: "0".repeat(64) }),
      async *bucketKeys() {
        const hash = "0".repeat(64);
        const held = keys().map((key) => ({ key: JSON.parse(key) as JsonRecord, hash }));
        yield { epoch: 1, sequence: 1, keys: held };
      },
    },
  });
}

const people = (...ids: readonly number[]): Person[] => ids.map((id) => ({ id, name: `n${id}` }));

test("a comparison seals what differs, deletes what is gone, and leaves the rest alone", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  const none = {
    unchanged: 0,
    upserted: 0,
    deleted: 0,
    skipped: 0,
    invalid: 0,
    deletesHeld: false,
  };
  assert.deepEqual(await publisher.reconcile(people(1, 2, 3)), { ...none, read: 3, upserted: 3 });
  await exchange.flush();
  const again = await publisher.reconcile([...people(1, 2), { id: 4, name: "x" }]);
  assert.deepEqual(again, { ...none, read: 3, unchanged: 2, upserted: 1, deleted: 1 });
  await exchange.flush();
  assert.deepEqual([...platform.copy(persons).keys()].sort(), [1, 2, 4].map(keyText));
  // A value that returns is not the value that was last sealed.
  await publisher.publish([{ upsert: { id: 1, name: "other" } }]);
  assert.equal((await publisher.reconcile([...people(1, 2), { id: 4, name: "x" }])).upserted, 1);
  await exchange.flush();
  assert.equal(platform.copy(persons).get(keyText(1)), recordText(1, "n1"));
});

test("a change that is published while a comparison reads is not overwritten by it", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  await publisher.reconcile(people(1, 2, 3));
  const other = await openEmbedded({ directory: exchange.outbox.store.directory }, platform);
  t.after(() => other.close());
  async function* read() {
    yield { id: 1, name: "old" };
    yield { id: 2, name: "old" };
    await other
      .publisher(person, { pipeline })
      .publish([
        { upsert: { id: 1, name: "new" } },
        { delete: { id: 2 } },
        { upsert: { id: 9, name: "new" } },
      ]);
    yield { id: 3, name: "n3" };
  }
  const result = await publisher.reconcile(read());
  assert.deepEqual([result.skipped, result.unchanged, result.deleted], [2, 1, 0]);
  await exchange.flush();
  assert.deepEqual(
    [...platform.copy(persons).values()].sort(),
    [recordText(1, "new"), recordText(3, "n3"), recordText(9, "new")].sort(),
  );
});

test("an emptied source deletes nothing until it is said to be so", async (t) => {
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) });
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  await publisher.reconcile(people(...Array.from({ length: 30 }, (_, at) => at)));
  const maxDeletes = { percent: 10, records: 5 };
  await assert.rejects(publisher.reconcile([], { maxDeletes }), code("QZ_DELETE_GUARD"));
  const result = await publisher.reconcile([], { maxDeletes: { percent: 100, records: 1_000 } });
  assert.equal(result.deleted, 30);
});

test("a record whose key cannot be read holds the deletes, since it may be one of those missing", async (t) => {
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) });
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  await publisher.reconcile(people(1, 2));
  const broken = { id: 2.5, name: "x" } as Person;
  const result = await publisher.reconcile([...people(1), broken]);
  assert.deepEqual([result.deletesHeld, result.deleted, result.invalid], [true, 0, 1]);
});

test("a refused version is sent again by the next comparison, and a refused key is still deleted", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  const reasons = [{ code: "QZ_ORIGIN_HELD", message: "held" }];
  platform.refuse = (line) => (line.includes('"id":1') ? { temporary: true, reasons } : undefined);
  await publisher.reconcile(people(1, 2));
  await exchange.flush();
  assert.equal((await publisher.reconcile(people(1, 2))).upserted, 1);
  platform.refuse = () => undefined;
  await exchange.flush();
  assert.equal(platform.copy(persons).size, 2);
  platform.refuse = (line) => (line.includes("delete") ? { temporary: true, reasons } : undefined);
  assert.equal((await publisher.reconcile(people(2))).deleted, 1);
  await exchange.flush();
  platform.refuse = () => undefined;
  assert.equal((await publisher.reconcile(people(2))).deleted, 1);
  await exchange.flush();
  assert.deepEqual([...platform.copy(persons).keys()], [keyText(2)]);
});

test("a delete that was voided before it left is sent by the comparison that is owed", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  await publisher.publish(people(1, 2).map((upsert) => ({ upsert })));
  await exchange.flush();
  await publisher.publish([{ delete: { id: 1 } }, { upsert: { id: 2, name: "new" } }]);
  assert.equal((await publisher.reconcile([{ id: 2, name: "new" }])).deleted, 0);
  exchange.publisher(
    defineResource({ ...person, share: { type: "unconditional", until: "2020-12-31" } }),
    { pipeline },
  );
  await exchange.flush();
  assert.equal(platform.copy(persons).size, 2);
  const renewed = exchange.publisher(person, { pipeline });
  await renewed.reconcile([{ id: 2, name: "new" }]);
  await exchange.flush();
  assert.deepEqual([...platform.copy(persons).keys()], [keyText(2)]);
  assert.equal(exchange.outbox.owed(persons), undefined);
});

test("a platform restored to before a delete that is forgotten here is asked what it holds", async (t) => {
  const platform = listing(memoryPlatform());
  const directory = await temporaryDirectory(t);
  const before = await openEmbedded({ directory }, platform);
  const publisher = before.publisher(person, { pipeline });
  await publisher.reconcile(people(1, 2, 3));
  await before.flush();
  const restore = platform.snapshot();
  await publisher.publish([{ delete: { id: 1 } }]);
  await before.flush();
  assert.equal((await publisher.reconcile(people(2, 3))).unchanged, 2);
  before.outbox.batchTable.erase(Number.MAX_SAFE_INTEGER, 10);
  await before.close();
  restore();
  const exchange = await openEmbedded({ directory }, platform);
  t.after(() => exchange.close());
  const again = exchange.publisher(person, { pipeline });
  await exchange.flush();
  assert.ok(exchange.outbox.owed(persons));
  assert.equal(platform.copy(persons).size, 3);
  platform.away = true;
  assert.equal((await again.reconcile(people(2, 3))).deleted, 0);
  assert.ok(exchange.outbox.owed(persons), "what could not be asked is still owed");
  platform.away = false;
  assert.equal((await again.reconcile(people(2, 3))).deleted, 1);
  await exchange.flush();
  assert.deepEqual([...platform.copy(persons).keys()].sort(), [2, 3].map(keyText));
  assert.equal(exchange.outbox.owed(persons), undefined);
});
