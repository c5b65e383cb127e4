import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { openDatabase } from "../src/store/database.ts";
import { key, openPlatform, record, send, stream } from "./bed.ts";

interface Entry {
  readonly key: string;
  readonly record: string;
}

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The digest by the words of docs/protocol.md §1, from nothing but the texts. */
function digestOf(entries: readonly Entry[]): { count: number; sum: string } {
  const sum = entries.reduce(
    (total, entry) => total + BigInt(`0x${sha(entry.key + entry.record)}`),
    0n,
  );
  return { count: entries.length, sum: BigInt.asUintN(256, sum).toString(16).padStart(64, "0") };
}

const bucketOf = (keyText: string, bits: number): number =>
  Number(BigInt(`0x${sha(keyText)}`) >> BigInt(256 - bits));

const step = fc.record({
  upserts: fc.dictionary(fc.constantFrom(..."abcdefgh"), fc.constantFrom("甲", "乙", "丙"), {
    maxKeys: 5,
  }),
  deletes: fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { maxLength: 4 }),
});

test("after any changes the digests, whole and by bucket, are those of the records that are there", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 6 }),
      fc.integer({ min: 0, max: 16 }),
      (steps, bits) => {
        const platform = openPlatform();
        const model = new Map<string, string>();
        for (const { upserts, deletes } of steps) {
          const gone = deletes.filter((id) => !(id in upserts));
          for (const id of gone) model.delete(key(id));
          for (const [id, name] of Object.entries(upserts)) model.set(key(id), record(id, name));
          send(platform, {
            deletes: gone.map(key),
            upserts: Object.entries(upserts).map(([id, name]) => record(id, name)),
          });
        }
        const entries = [...model].map(([keyText, text]) => ({ key: keyText, record: text }));
        const report = platform.digest(stream, bits);
        assert.deepEqual({ count: report.count, sum: report.sum }, digestOf(entries));
        assert.equal(report.buckets?.length, 2 ** bits);
        const filled = report.buckets!.flatMap((found, bucket) =>
          found.count === 0 && /^0{64}$/.test(found.sum) ? [] : [{ bucket, found }],
        );
        assert.equal(
          filled.length,
          new Set(entries.map((entry) => bucketOf(entry.key, bits))).size,
        );
        for (const { bucket, found } of filled) {
          assert.deepEqual(
            found,
            digestOf(entries.filter((entry) => bucketOf(entry.key, bits) === bucket)),
          );
        }
        for (const { key: keyText, record: text } of entries) {
          const query = { bits, bucket: bucketOf(keyText, bits), limit: 9 };
          const { keys } = platform.bucketKeys(stream, query);
          const hash = keys.find((entry) => JSON.stringify(entry.key) === keyText)?.hash;
          assert.equal(hash, sha(keyText + text));
        }
        platform.close();
      },
    ),
    { numRuns: 60 },
  );
});

test("a bucket is listed page by page, each key once", () => {
  const platform = openPlatform();
  const ids = [..."abcdefg"];
  send(platform, { upserts: ids.map((id) => record(id, "甲")) });
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = platform.bucketKeys(stream, { bits: 0, bucket: 0, limit: 3, after });
    assert.deepEqual([page.epoch, page.sequence], [1, 1]);
    seen.push(...page.keys.map((each) => JSON.stringify(each.key)));
    after = page.next ?? undefined;
  } while (after !== undefined);
  assert.deepEqual(seen, ids.map(key));
  platform.close();
});

test("a database that kept coarser buckets has their digests made again", () => {
  const database = openDatabase(":memory:");
  const before = openPlatform({ database });
  send(before, { upserts: [..."abc"].map((id) => record(id, "甲")) });
  const { buckets } = before.digest(stream, 14);
  database.exec(
    "DELETE FROM meta WHERE name = 'kept-bits'; UPDATE bucket SET bucket = bucket >> 2",
  );
  const after = openPlatform({ database });
  assert.deepEqual(after.digest(stream, 14).buckets, buckets);
  after.close();
});
