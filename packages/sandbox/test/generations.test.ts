import assert from "node:assert/strict";
import { test } from "node:test";
import { DigestSum, QianzhiError, recordHash } from "@qianzhi/sdk";
import type { GenerationStep, Receipt, ResourceDescriptor, ResourceDigest } from "@qianzhi/sdk";
import type { Platform } from "../src/index.ts";
import { batchOf, key, nonce, openPlatform, person, receiptOf, record, send } from "./bed.ts";

const visit: ResourceDescriptor = { ...person, identifier: "visit", key: [] };
const visits = { resource: "visit", site: "hr", pipeline: "p1" };
const persons = { resource: "person", site: "hr", pipeline: "p1" };

function withVisits(): ReturnType<typeof openPlatform> {
  const platform = openPlatform();
  platform.catalog.publish(JSON.stringify(visit));
  platform.sites.grant("hr", "visit");
  platform.openEpoch(visits, {
    resource: "visit",
    expected: 0,
    epoch: 1,
    instance: "i1",
    nonce,
  });
  return platform;
}

type Name = typeof visits;

function step(
  platform: Platform,
  name: Name,
  generation: GenerationStep,
  upserts: readonly string[] = [],
): Receipt {
  const { epoch, sequence, digest } = platform.position(name)!;
  const head = { ...name, epoch, sequence: sequence + 1, predecessor: digest, generation };
  return receiptOf(platform.ingest(batchOf(head, { upserts })));
}

function digestOf(records: readonly string[], keyOf = (text: string) => text): ResourceDigest {
  const sum = new DigestSum();
  for (const text of records) sum.add(recordHash(keyOf(text), text));
  return sum.value();
}

const idOf = (n: number): string => String(n).padStart(32, "0");

function begin(platform: Platform, name: Name, n: number, upserts: readonly string[]): Receipt {
  step(platform, name, { id: idOf(n), step: "begin" });
  return step(platform, name, { id: idOf(n), step: "part" }, upserts);
}

const commit = (platform: Platform, name: Name, n: number, digest: ResourceDigest): Receipt =>
  step(platform, name, { id: idOf(n), step: "commit", ...digest, maxRefused: 0 });

const keyOfPerson = (text: string): string => key((JSON.parse(text) as { id: string }).id);
const withCode = (code: string) => (error: unknown) =>
  QianzhiError.is(error) && error.code === code;

test("records without a key are kept as often as they come, and are in the digest as often", () => {
  const platform = withVisits();
  const records = [record("1"), record("1"), record("2")];
  begin(platform, visits, 1, records);
  assert.equal(platform.resourceDigest("visit").count, 0);
  commit(platform, visits, 1, digestOf(records));
  assert.deepEqual(platform.records("visit", { limit: 10 }).records, records);
  assert.deepEqual(platform.resourceDigest("visit"), digestOf(records));
  const { buckets } = platform.digest(visits, 12);
  const keys = buckets!.flatMap(
    (_, bucket) => platform.bucketKeys(visits, { bits: 12, bucket, limit: 9 }).keys,
  );
  assert.deepEqual(
    keys.map((each) => JSON.stringify(each.key)).toSorted(),
    records,
    "the record is its own key",
  );
  begin(platform, visits, 2, records.slice(1));
  commit(platform, visits, 2, digestOf(records.slice(1)));
  assert.deepEqual(platform.resourceDigest("visit"), digestOf(records.slice(1)));
});

test("pages go through copies of one record without leaving one out", () => {
  const platform = withVisits();
  const records = Array.from({ length: 7 }, () => record("1"));
  begin(platform, visits, 1, records);
  commit(platform, visits, 1, digestOf(records));
  let seen = 0;
  for (let after: string | null = ""; after !== null;) {
    const page = platform.records("visit", { limit: 2, ...(after === "" ? {} : { after }) });
    seen += page.records.length;
    after = page.next;
  }
  assert.equal(seen, 7);
});

test("a resource without a key takes no other batches", () => {
  const platform = withVisits();
  const bytes = batchOf(visits, { upserts: [record("1")] });
  assert.throws(() => platform.ingest(bytes), withCode("QZ_BATCH_REFUSED"));
});

test("a key that another origin took since its part came keeps the whole generation out", () => {
  const platform = openPlatform();
  const records = [record("1"), record("2")];
  begin(platform, persons, 1, records);
  const other = { ...persons, pipeline: "p2" };
  platform.openEpoch(other, { resource: "person", expected: 0, epoch: 1, instance: "i1", nonce });
  send(platform, { upserts: [record("2")] }, { pipeline: "p2" });
  const { generation } = commit(platform, persons, 1, digestOf(records, keyOfPerson));
  assert.equal(generation?.reason?.code, "QZ_ORIGIN_HELD");
  const { refused } = begin(platform, persons, 2, records);
  assert.deepEqual(
    refused.map(({ line, temporary, holder }) => [line, temporary, holder?.pipeline]),
    [[3, true, "p2"]],
  );
});

test("a commit is withheld with its resource, and a repeat of it is answered as before", () => {
  const platform = openPlatform();
  const records = [record("1")];
  begin(platform, persons, 1, records);
  const step1 = { id: idOf(1), step: "commit", ...digestOf(records, keyOfPerson), maxRefused: 0 };
  const { epoch, sequence, digest } = platform.position(persons)!;
  const head = { ...persons, epoch, sequence: sequence + 1, predecessor: digest };
  const bytes = batchOf({ ...head, generation: step1 as GenerationStep }, {});
  const first = receiptOf(platform.ingest(bytes));
  assert.deepEqual(receiptOf(platform.ingest(bytes)), first);
  begin(platform, persons, 2, records);
  const share = { type: "none", basis: "依法" } as const;
  platform.catalog.publish(JSON.stringify({ ...person, version: "2.0.0", share }));
  assert.throws(
    () => commit(platform, persons, 2, digestOf(records, keyOfPerson)),
    withCode("QZ_POLICY_WITHHELD"),
  );
});
