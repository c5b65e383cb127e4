import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PROTOCOL } from "@qianzhi/sdk";
import { UpsertWriter } from "../../src/index.ts";
import { changeLines, composeBatch, readChanges } from "../../src/outbox/batch-bytes.ts";

const manifest = {
  upserts: 1,
  deletes: 1,
  version: "1.0.0",
  resource: "person",
  predecessor: "0".repeat(64),
  sequence: 1,
  epoch: 1,
  pipeline: "persons",
  site: "site-1",
  protocol: PROTOCOL,
} as const;

test("a batch is the bytes of the protocol, whatever order the manifest's members had", () => {
  const lines = changeLines(['{"id":1}'], ['{"id":2,"name":"张"}']);
  const { bytes } = composeBatch(manifest, lines, 1_000);
  const text =
    `{"protocol":"qianzhi/1","site":"site-1","pipeline":"persons","epoch":1,"sequence":1,"predecessor":"${"0".repeat(64)}",` +
    '"resource":"person","version":"1.0.0","deletes":1,"upserts":1}\n' +
    '{"op":"delete","key":{"id":1}}\n{"op":"upsert","record":{"id":2,"name":"张"}}\n';
  assert.equal(Buffer.from(bytes).toString(), text);
});

test("a writer holds any amount of text, however little was expected", () => {
  const writer = new UpsertWriter(10);
  const texts = Array.from(
    { length: 3_000 },
    (_, id) => `{"id":${id},"name":"${"张".repeat(id % 50)}"}`,
  );
  for (const text of texts) writer.add(text);
  const { pieces, length, byteLength } = writer.finish();
  assert.equal(length, texts.length);
  const composed = composeBatch(manifest, pieces, 1 << 20);
  assert.equal(composed.bytes.indexOf(10) + 1 + byteLength, composed.bytes.length);
  const changes = [...readChanges(composed.bytes, [])];
  assert.deepEqual(
    changes.map(({ recordText }) => recordText),
    texts,
  );
});

const item = fc.stringMatching(/^[a-z][a-z0-9_]{0,4}$/);
const record = fc.dictionary(item, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 6 });
const sorted = (value: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));

test("changes read back from a batch are the changes that were sealed, with their lines", () => {
  fc.assert(
    fc.property(fc.array(record), fc.array(record), fc.boolean(), (deletes, upserts, written) => {
      const [keys, records] = [deletes.map(sorted), upserts.map(sorted)];
      const writer = new UpsertWriter();
      for (const text of records) writer.add(text);
      const lines = changeLines(keys, written ? writer.finish() : records);
      const { bytes } = composeBatch(manifest, lines, 1 << 20);
      const changes = [...readChanges(bytes, [])];
      assert.deepEqual(
        changes.map(({ op, keyText, recordText }) => recordText ?? `${op} ${keyText}`),
        [...keys.map((text) => `delete ${text}`), ...records],
      );
      assert.deepEqual(
        changes.map(({ line }) => line),
        changes.map((_, at) => at + 2),
      );
    }),
  );
});
