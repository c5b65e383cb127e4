import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import {
  batchOf,
  key,
  nextBatch,
  openPlatform,
  person,
  receiptOf,
  record,
  send,
  stream,
} from "./bed.ts";

const refusesWith =
  (code: string, details: Record<string, unknown> = {}) =>
  (error: unknown) => {
    assert.ok(QianzhiError.is(error), String(error));
    assert.equal(error.code, code, error.message);
    for (const [name, value] of Object.entries(details))
      assert.deepEqual(error.details[name], value);
    return true;
  };

const digestOf = (
  entries: readonly (readonly [string, string])[],
): { count: number; sum: string } => {
  const sum = entries.reduce(
    (total, [k, r]) =>
      total +
      BigInt(
        `0x${createHash("sha256")
          .update(k + r)
          .digest("hex")}`,
      ),
    0n,
  );
  return { count: entries.length, sum: BigInt.asUintN(256, sum).toString(16).padStart(64, "0") };
};

test("an applied batch is in the copy and in the digest", () => {
  const platform = openPlatform();
  const receipt = send(platform, { upserts: [record("1"), record("2")] });
  assert.equal(receipt.accepted, 2);
  assert.deepEqual(receipt.refused, []);
  assert.deepEqual(platform.records("person", { limit: 10 }).records, [record("1"), record("2")]);
  const { count, sum } = platform.digest(stream);
  assert.deepEqual(
    { count, sum },
    digestOf([
      [key("1"), record("1")],
      [key("2"), record("2")],
    ]),
  );
});

test("an update replaces, a delete removes, and the digest follows", () => {
  const platform = openPlatform();
  send(platform, { upserts: [record("1"), record("2")] });
  send(platform, { deletes: [key("1")], upserts: [record("2", "李四")] });
  assert.deepEqual(platform.records("person", { limit: 10 }).records, [record("2", "李四")]);
  assert.deepEqual(platform.resourceDigest("person"), digestOf([[key("2"), record("2", "李四")]]));
  send(platform, { deletes: [key("2"), key("never-there")] });
  assert.deepEqual(platform.resourceDigest("person"), digestOf([]));
});

test("a repeat gets the stored receipt and changes nothing", () => {
  const platform = openPlatform();
  const bytes = nextBatch(platform, { upserts: [record("1"), '{"id":"2","income":"x"}'] });
  const first = receiptOf(platform.ingest(bytes));
  assert.equal(first.refused.length, 1);
  send(platform, { deletes: [key("1")] });
  assert.deepEqual(receiptOf(platform.ingest(bytes)), first);
  assert.deepEqual(platform.records("person", { limit: 10 }).records, []);
});

test("another batch with a number that was used is a conflict that names the position", () => {
  const platform = openPlatform();
  send(platform, { upserts: [record("1")] });
  const position = platform.position(stream);
  const other = batchOf({ sequence: 1 }, { upserts: [record("9")] });
  assert.throws(() => platform.ingest(other), refusesWith("QZ_CHAIN_CONFLICT", { position }));
});

test("a gap, a wrong predecessor, an epoch not opened and an unknown stream are conflicts", () => {
  const platform = openPlatform();
  const upserts = [record("1")];
  for (const head of [
    { sequence: 2 },
    { predecessor: "b".repeat(64) },
    { epoch: 2 },
    { pipeline: "other" },
  ]) {
    assert.throws(
      () => platform.ingest(batchOf(head, { upserts })),
      refusesWith("QZ_CHAIN_CONFLICT"),
    );
  }
});

test("a batch of an ended epoch is refused, a repeat of one too", () => {
  const platform = openPlatform();
  const old = nextBatch(platform, { upserts: [record("1")] });
  platform.ingest(old);
  platform.openEpoch(stream, {
    resource: "person",
    expected: 1,
    epoch: 2,
    instance: "i1",
    nonce: "c".repeat(64),
  });
  assert.throws(
    () => platform.ingest(old),
    refusesWith("QZ_EPOCH_OLD", { position: platform.position(stream) }),
  );
});

test("a record that does not fit is refused with its reasons, the rest goes on, the previous version stays", () => {
  const platform = openPlatform();
  send(platform, { upserts: [record("1")] });
  const receipt = send(platform, { upserts: ['{"id":"1","income":"1.234"}', record("2")] });
  assert.equal(receipt.accepted, 1);
  assert.deepEqual(
    receipt.refused.map(({ line, temporary }) => ({ line, temporary })),
    [{ line: 2, temporary: false }],
  );
  assert.equal(receipt.refused[0]!.reasons[0]!.item, "income");
  assert.ok(!JSON.stringify(receipt).includes("1.234"), "a receipt shows no value");
  assert.deepEqual(platform.records("person", { limit: 10 }).records, [record("1"), record("2")]);
});

test("what is not canonical to the byte is refused", () => {
  const platform = openPlatform();
  const upserts = [
    '{"name":"张三","id":"1"}',
    '{"id": "2"}',
    '{"id":"\\u0041"}',
    '{"id":"4","name":null}',
    "[]",
    "{",
  ];
  const receipt = send(platform, {
    deletes: ['{"id":"5"} ', '{"id":"6","name":"x"}', "{}"],
    upserts,
  });
  assert.equal(receipt.accepted, 0);
  const codes = receipt.refused.map(({ reasons }) => reasons[0]!.code);
  assert.equal(codes.length, 9);
  assert.equal(codes.filter((code) => code === "QZ_NOT_CANONICAL").length, 8, codes.join());
});

test("what is nested is refused as a record, however deep it is", () => {
  const platform = openPlatform();
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const receipt = send(platform, {
    deletes: [`{"id":${deep}}`],
    upserts: [`{"id":${deep}}`, `{"id":"2","income":${deep}}`, '{"id":{"a":1}}', record("3")],
  });
  assert.deepEqual(
    receipt.refused.map(({ line, reasons }) => [line, reasons[0]?.code]),
    [2, 3, 4, 5].map((line) => [line, "QZ_NOT_CANONICAL"]),
  );
  assert.equal(receipt.accepted, 1);
});

test("the share in force is the latest version's, whatever version a batch follows", () => {
  const platform = openPlatform();
  platform.catalog.publish(
    JSON.stringify({ ...person, version: "2.0.0", share: { type: "none", basis: "某法第九条" } }),
  );
  assert.throws(
    () => platform.ingest(nextBatch(platform, { upserts: [record("1")] })),
    refusesWith("QZ_POLICY_WITHHELD"),
  );
});

test("an item that may not be shared is refused without its value", () => {
  const platform = openPlatform();
  const receipt = send(platform, { upserts: ['{"id":"1","secret":"canary"}'] });
  assert.deepEqual(
    receipt.refused[0]!.reasons.map(({ item, code }) => ({ item, code })),
    [{ item: "secret", code: "QZ_POLICY_WITHHELD" }],
  );
  assert.ok(!JSON.stringify(receipt).includes("canary"));
});

test("a resource whose share is none or has ended takes no record, but deletes", () => {
  const platform = openPlatform();
  send(platform, { upserts: [record("1")] });
  platform.catalog.publish(
    JSON.stringify({
      ...person,
      version: "2.0.0",
      share: { ...person.share, until: "2026-01-01" },
    }),
  );
  const next = (changes: Parameters<typeof batchOf>[1]) => {
    const { epoch, sequence, digest } = platform.position(stream)!;
    return batchOf(
      { epoch, sequence: sequence + 1, predecessor: digest, version: "2.0.0" },
      changes,
    );
  };
  platform.world.state.now = Date.UTC(2026, 0, 1, 15, 59);
  assert.equal(receiptOf(platform.ingest(next({ upserts: [record("2")] }))).accepted, 1);
  platform.world.state.now = Date.UTC(2026, 0, 1, 16);
  assert.throws(
    () => platform.ingest(next({ upserts: [record("3")] })),
    refusesWith("QZ_POLICY_WITHHELD"),
  );
  assert.equal(receiptOf(platform.ingest(next({ deletes: [key("1"), key("2")] }))).accepted, 2);
  assert.equal(platform.resourceDigest("person").count, 0);
});

test("a key that another origin holds is a waiting refusal that names the holder, and is taken once released", () => {
  const platform = openPlatform();
  platform.openEpoch(
    { ...stream, pipeline: "p2" },
    { resource: "person", expected: 0, epoch: 1, instance: "i1", nonce: "d".repeat(64) },
  );
  send(platform, { upserts: [record("1")] });
  const refused = send(platform, { upserts: [record("1", "王五")] }, { pipeline: "p2" })
    .refused[0]!;
  assert.equal(refused.temporary, true);
  assert.equal(refused.reasons[0]!.code, "QZ_ORIGIN_HELD");
  assert.deepEqual(refused.holder, { site: "hr", pipeline: "p1" });
  assert.equal(send(platform, { deletes: [key("1")] }, { pipeline: "p2" }).accepted, 1);
  assert.deepEqual(platform.records("person", { limit: 10 }).records, [record("1")]);
  send(platform, { deletes: [key("1")] });
  assert.equal(send(platform, { upserts: [record("1", "王五")] }, { pipeline: "p2" }).accepted, 1);
  assert.equal(platform.digest({ ...stream, pipeline: "p2" }).count, 1);
  assert.equal(platform.digest(stream).count, 0);
});

test("a batch that is malformed as a whole is refused and does not use its number up", () => {
  const platform = openPlatform();
  const good = nextBatch(platform, { upserts: [record("1")] });
  const bad: readonly Buffer[] = [
    Buffer.from(""),
    Buffer.from("{}\n"),
    good.subarray(0, -1),
    Buffer.concat([good, Buffer.from("x\n")]),
    Buffer.concat([good, Buffer.from([0xff, 0x0a])]),
    batchOf({ upserts: 2 }, { upserts: [record("1")] }),
    batchOf({}, { upserts: [record("1"), record("1")] }),
    batchOf({}, { deletes: [key("1")], upserts: [record("1")] }),
    batchOf({ deletes: 1, upserts: 1 }, { upserts: [record("1"), record("2")] }),
    Buffer.from(good.toString().replace('"epoch":1,"sequence":1', '"sequence":1,"epoch":1')),
  ];
  for (const bytes of bad)
    assert.throws(() => platform.ingest(bytes), refusesWith("QZ_BATCH_REFUSED"), bytes.toString());
  assert.equal(platform.position(stream)!.sequence, 0);
  assert.equal(platform.resourceDigest("person").count, 0);
  assert.equal(receiptOf(platform.ingest(good)).accepted, 1);
});

test("a batch above the limit, of an unknown version, resource or site is refused", () => {
  const platform = openPlatform({ limits: { maxBatchBytes: 1000 } });
  const large = nextBatch(platform, {
    upserts: Array.from({ length: 50 }, (_, i) => record(String(i))),
  });
  assert.throws(
    () => platform.ingest(large),
    refusesWith("QZ_BATCH_TOO_LARGE", { maxBatchBytes: 1000 }),
  );
  const upserts = [record("1")];
  assert.throws(
    () => platform.ingest(batchOf({ version: "9.0.0" }, { upserts })),
    refusesWith("QZ_VERSION_UNKNOWN"),
  );
  assert.throws(
    () => platform.ingest(batchOf({ resource: "nothing" }, { upserts })),
    refusesWith("QZ_RESOURCE_UNKNOWN"),
  );
  platform.sites.ungrant("hr", "person");
  assert.throws(() => platform.ingest(batchOf({}, { upserts })), refusesWith("QZ_NOT_ALLOWED"));
});

test("receipts can be late, and then come once and in order", () => {
  const platform = openPlatform({ faults: { lateReceiptsMs: 1000 } });
  const bytes = nextBatch(platform, { upserts: [record("1")] });
  assert.deepEqual(platform.ingest(bytes), { handedOver: true });
  assert.deepEqual(platform.ingest(bytes), { handedOver: true });
  assert.deepEqual(platform.receipts("hr"), { receipts: [], next: "0" });
  platform.world.state.now += 1000;
  const page = platform.receipts("hr");
  assert.equal(page.receipts.length, 1);
  assert.deepEqual(platform.receipts("hr", page.next), { receipts: [], next: page.next });
  assert.deepEqual(platform.receipts("other"), { receipts: [], next: "0" });
});

test("told to, the sandbox refuses named records and every n-th", () => {
  const platform = openPlatform({ faults: { refuseKeys: [key("1")], temporary: true } });
  assert.deepEqual(
    send(platform, { upserts: [record("1"), record("2")] }).refused.map(({ line, temporary }) => ({
      line,
      temporary,
    })),
    [{ line: 2, temporary: true }],
  );
  platform.behaviour.set({ refuseEvery: 2 });
  const upserts = ["3", "4", "5", "6"].map((id) => record(id));
  assert.deepEqual(
    send(platform, { upserts }).refused.map(({ line }) => line),
    [3, 5],
  );
});
