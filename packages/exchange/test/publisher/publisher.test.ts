import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { defineResource, QianzhiError } from "@qianzhi/sdk";
import type { Change, RecordReceipt } from "../../src/index.ts";
import { openEmbedded, person, type Person } from "../support/embedded.ts";
import { memoryPlatform } from "../support/memory-platform.ts";
import { keyText, persons, recordText, temporaryDirectory } from "../support/site.ts";

const code = (expected: string) => (error: unknown) =>
  QianzhiError.is(error) && error.code === expected;
const pipeline = "persons";

const people = (...ids: readonly number[]): Person[] => ids.map((id) => ({ id, name: `n${id}` }));

test("published records arrive, each call in its turn, the last word on a key", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  const [first, second] = await Promise.all([
    publisher.publish([{ upsert: { id: 1, name: "a" } }, { upsert: { id: 1, name: "b" } }]),
    publisher.publish([{ upsert: { id: 2, name: "c" } }, { delete: { id: 1 } }]),
  ]);
  assert.deepEqual(first, [{ status: "superseded" }, { status: "sealed", epoch: 1, sequence: 1 }]);
  assert.deepEqual(
    second.map(({ status }) => status),
    ["sealed", "sealed"],
  );
  await exchange.flush();
  assert.deepEqual([...platform.copy(persons)], [[keyText(2), recordText(2, "c")]]);
});

test("what cannot be sent is told per record and kept in quarantine; the rest goes on", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  const changes = [
    { upsert: { id: 1, name: "a name that is much too long" } },
    { upsert: { id: 2, name: "fine", note: "never leaves" } },
    { upsert: { id: 3 } },
    { upsert: { name: "no key" } },
    { delete: {} },
    { upsert: { id: 5, name: "x", strange: 1 } },
  ] as unknown as Change<typeof person>[];
  const results = await publisher.publish(changes);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["invalid", "sealed", "invalid", "invalid", "invalid", "invalid"],
  );
  const [long] = results;
  assert.ok(long?.status === "invalid" && long.reasons[0]?.item === "name");
  assert.equal(exchange.outbox.quarantine.count(pipeline), 5);
  await exchange.flush();
  assert.deepEqual([...platform.copy(persons).values()], [recordText(2, "fine")]);
  assert.ok(!platform.seen.join("").includes("never leaves"));
  await publisher.publish([{ upsert: { id: 1, name: "short" } }]);
  await exchange.flush();
  assert.equal(exchange.outbox.quarantine.count(pipeline), 4);
  await assert.rejects(publisher.publish(changes, { strict: true }), code("QZ_RECORD_INVALID"));
});

test("a name that no platform takes, and a pipeline that carries another resource, are refused", async (t) => {
  const directory = await temporaryDirectory(t);
  await assert.rejects(openEmbedded({ directory, site: "南岸区" }), code("QZ_NAME_INVALID"));
  const exchange = await openEmbedded({ directory });
  t.after(() => exchange.close());
  assert.throws(() => exchange.publisher(person, { pipeline: "a/b" }), code("QZ_NAME_INVALID"));
  await exchange.publisher(person, { pipeline }).publish([{ delete: { id: 1 } }]);
  const staff = defineResource({ ...person, identifier: "staff" });
  assert.throws(() => exchange.publisher(staff, { pipeline }), code("QZ_NAME_INVALID"));
  exchange.publisher(staff, { pipeline: "staff" });
});

test("types follow the declaration", async (t) => {
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) });
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  // @ts-expect-error name is required
  await publisher.publish([{ upsert: { id: 1 } }]);
  // @ts-expect-error the key has no item of this name
  await publisher.publish([{ delete: { name: "x" } }]);
});

test("each record has its receipt, and reading goes on from any of them", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  platform.refuse = (line) =>
    line.includes("bad")
      ? { temporary: false, reasons: [{ code: "QZ_PATTERN", message: "no" }] }
      : undefined;
  await publisher.publish([{ delete: { id: 7 } }, { upsert: { id: 1, name: "bad" } }]);
  await publisher.publish([{ upsert: { id: 2, name: "b" } }]);
  await exchange.flush();
  const all: RecordReceipt[] = [];
  for await (const receipt of exchange.receipts()) all.push(receipt);
  assert.deepEqual(
    all.map(({ op, keyText: key, refusal }) => [op, key, refusal?.reasons[0]?.code]),
    [
      ["delete", keyText(7), undefined],
      ["upsert", keyText(1), "QZ_PATTERN"],
      ["upsert", keyText(2), undefined],
    ],
  );
  for (const [at, { cursor }] of all.entries()) {
    const rest: RecordReceipt[] = [];
    for await (const receipt of exchange.receipts({ since: cursor })) rest.push(receipt);
    assert.deepEqual(rest, all.slice(at + 1));
  }
});

test("intents are drained in their order, and once more after a crash between publish and remove", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.boolean(), { maxLength: 4 }),
      async (keys, crashes) => {
        const platform = memoryPlatform();
        const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
        const publisher = exchange.publisher(person, { pipeline });
        let table = keys.map((id, at) => ({ id: at, change: { upsert: { id, name: `v${at}` } } }));
        const left = [...crashes];
        const intents = {
          read: (limit: number) => table.slice(0, limit),
          remove(ids: readonly number[]) {
            if (left.shift() === true) throw new RangeError("the process died");
            table = table.filter(({ id }) => !ids.includes(id));
          },
        };
        while (table.length > 0) {
          await publisher.drain(intents, { limit: 3 }).catch((error: unknown) => {
            if (!(error instanceof RangeError)) throw error;
          });
        }
        await exchange.flush();
        const expected = new Map(keys.map((id, at) => [keyText(id), recordText(id, `v${at}`)]));
        assert.deepEqual(new Map(platform.copy(persons)), expected);
        await exchange.close();
      },
    ),
    { numRuns: 15, endOnFailure: false },
  );
});

test("a share that has ended lets nothing be published, and nothing that waits be sent", async (t) => {
  const platform = memoryPlatform();
  const directory = await temporaryDirectory(t);
  const exchange = await openEmbedded({ directory }, platform);
  t.after(() => exchange.close());
  await exchange.publisher(person, { pipeline }).publish([{ upsert: { id: 1, name: "a" } }]);
  const ended = defineResource({
    ...person,
    share: { type: "unconditional", until: "2020-12-31" },
  });
  const later = exchange.publisher(ended, { pipeline });
  await assert.rejects(
    later.publish([{ upsert: { id: 2, name: "b" } }]),
    code("QZ_POLICY_WITHHELD"),
  );
  await exchange.flush();
  assert.deepEqual(platform.seen, []);
  assert.ok(exchange.outbox.owed(persons));
  // Renewed: the comparison that is owed sends everything again.
  const renewed = exchange.publisher(person, { pipeline });
  assert.equal((await renewed.reconcile(people(1, 2))).upserted, 2);
  await exchange.stop();
  const next = await openEmbedded({ directory }, platform);
  t.after(() => next.close());
  await next.flush();
  assert.equal(platform.copy(persons).size, 2);
  assert.equal(next.outbox.owed(persons), undefined);
});

test("a share that has ended lets deletes leave, which is how its records are withdrawn", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  await exchange
    .publisher(person, { pipeline })
    .publish(people(1, 2, 3).map((upsert) => ({ upsert })));
  await exchange.flush();
  const ended = exchange.publisher(
    defineResource({ ...person, share: { type: "unconditional", until: "2020-12-31" } }),
    { pipeline },
  );
  await ended.publish([{ delete: { id: 1 } }]);
  await exchange.flush();
  assert.deepEqual([...platform.copy(persons).keys()], [2, 3].map(keyText));
  await assert.rejects(ended.reconcile(people(2)), code("QZ_POLICY_WITHHELD"));
  assert.equal((await ended.reconcile([])).deleted, 2);
  await exchange.flush();
  assert.equal(platform.copy(persons).size, 0);
});

test("a full quarantine refuses before anything is sealed, and a change mended in the same call is no difference", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded(
    { directory: await temporaryDirectory(t), limits: { reserveBytes: 0, maxQuarantined: 1 } },
    platform,
  );
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  const bad = (id: number) => ({ upsert: { id, name: "a name that is much too long" } });
  const good = (id: number) => ({ upsert: { id, name: "fine" } });
  await publisher.publish([good(1), bad(1), bad(2), good(2)]);
  assert.equal(exchange.outbox.quarantine.count(pipeline), 1);
  const sealed = exchange.outbox.streams()[0]?.sequence;
  await assert.rejects(publisher.publish([good(5), bad(6)]), code("QZ_QUARANTINE_FULL"));
  assert.equal(exchange.outbox.streams()[0]?.sequence, sealed);
  await publisher.publish([good(5), bad(1)]);
  assert.equal(exchange.outbox.quarantine.count(pipeline), 1);
});

test("a record that the platform will take in no batch has its receipt too", async (t) => {
  const platform = memoryPlatform();
  platform.before = (batch) => {
    // No hexadecimal digits: those stand in the manifest's digests.
    if (platform.bytesOf(batch).includes("unwanted"))
      throw new QianzhiError("QZ_BATCH_REFUSED", { problem: "blocked" });
  };
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  await publisher.publish([
    { upsert: { id: 1, name: "a" } },
    { upsert: { id: 2, name: "unwanted" } },
    { upsert: { id: 3, name: "c" } },
  ]);
  await exchange.flush();
  const answers = new Map<string, string | undefined>();
  for await (const { keyText: key, refusal } of exchange.receipts())
    answers.set(key, refusal?.reasons[0]?.code);
  assert.deepEqual(
    answers,
    new Map([
      [keyText(1), undefined],
      [keyText(2), "QZ_BATCH_REFUSED"],
      [keyText(3), undefined],
    ]),
  );
  const [stream] = exchange.outbox.streams();
  assert.deepEqual(stream?.changes, { sealed: 3, accepted: 2, refused: 1, voided: 0, waiting: 0 });
});

test("where another delivers, flush waits until that has", async (t) => {
  const platform = memoryPlatform();
  const directory = await temporaryDirectory(t);
  const server = await openEmbedded({ directory, delivery: { pollMs: 20 } }, platform);
  t.after(() => server.close());
  server.start();
  while (!server.state().running) await new Promise((resolve) => setTimeout(resolve, 5));
  const script = await openEmbedded({ directory }, platform);
  t.after(() => script.close());
  await script.publisher(person, { pipeline }).publish([{ upsert: { id: 1, name: "a" } }]);
  await script.flush(AbortSignal.timeout(20_000));
  assert.equal(platform.copy(persons).size, 1);
});

test("background delivery starts, stops, and leaves nothing running", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  const publisher = exchange.publisher(person, { pipeline });
  exchange.start();
  exchange.start();
  await publisher.publish([{ upsert: { id: 1, name: "a" } }]);
  await exchange.flush();
  assert.equal(platform.copy(persons).size, 1);
  await exchange.stop();
  await exchange.stop();
  assert.equal(exchange.state().running, false);
  await publisher.publish([{ upsert: { id: 2, name: "b" } }]);
  assert.equal(platform.copy(persons).size, 1);
  await exchange.close();
  await exchange.close();
});

test("a change that is both or neither is told and kept, and an absent half is none", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  t.after(() => exchange.close());
  const publisher = exchange.publisher(person, { pipeline });
  const upsert = { id: 1, name: "a" };
  const results = await publisher.publish([
    { upsert, delete: { id: 1 } },
    {},
    { upsert: { id: 2, name: "b" }, delete: undefined },
    { upsert: undefined, delete: { id: 3 } },
  ] as unknown as Change<typeof person>[]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["invalid", "invalid", "sealed", "sealed"],
  );
  assert.equal(exchange.outbox.quarantine.count(pipeline), 2);
});

test("a closed exchange says so, and a pipeline must have a name", async (t) => {
  const platform = memoryPlatform();
  const exchange = await openEmbedded({ directory: await temporaryDirectory(t) }, platform);
  const nameless = {} as { readonly pipeline: string };
  assert.throws(() => exchange.publisher(person, nameless), code("QZ_NAME_INVALID"));
  const publisher = exchange.publisher(person, { pipeline });
  await exchange.close();
  await assert.rejects(publisher.publish([{ delete: { id: 1 } }]), code("QZ_CANCELLED"));
  await assert.rejects(publisher.reconcile([]), code("QZ_CANCELLED"));
  await assert.rejects(exchange.flush(), code("QZ_CANCELLED"));
  for (const late of [() => exchange.start(), () => exchange.publisher(person, { pipeline })])
    assert.throws(late, code("QZ_CANCELLED"));
});
