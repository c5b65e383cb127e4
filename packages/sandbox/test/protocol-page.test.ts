import assert from "node:assert/strict";
import { createHash, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DigestSum, batchDigest, bucketOf, recordHash } from "@qianzhi/sdk";
import { signRequest } from "../src/conformance/sign.ts";
import { problemStatus } from "../src/http/problem.ts";
import { routes } from "../src/http/routes.ts";
import { readBatch, readChanges } from "../src/platform/read-batch.ts";

interface Vectors {
  readonly records: readonly {
    readonly key: string;
    readonly record: string;
    readonly hash: string;
    readonly bucket: number;
  }[];
  readonly digest: { readonly count: number; readonly sum: string };
  readonly batch: { readonly bytes: string; readonly digest: string };
  readonly generation: {
    readonly records: readonly {
      readonly record: string;
      readonly hash: string;
      readonly bucket: number;
    }[];
    readonly digest: { readonly count: number; readonly sum: string };
    readonly batches: readonly { readonly bytes: string; readonly digest: string }[];
  };
  readonly signature: Readonly<Record<string, string>> & { readonly created: number };
}

const page = (path: string): string =>
  readFileSync(new URL(`../../../../docs/${path}`, import.meta.url), "utf8");
const pages = [page("protocol.md"), page("zh-CN/protocol.md")];
const block = (text: string, language: string): string =>
  text.split(`\`\`\`${language}\n`).at(-1)!.split("\n```")[0]!;
const vectors = pages.map((text) => JSON.parse(block(text, "json")) as Vectors);

test("both pages hold the same vectors, codes and paths", () => {
  assert.deepEqual(vectors[0], vectors[1]);
  const words = (text: string): string[] =>
    [...new Set(text.match(/QZ_[A-Z_]+|\/v1[\w/{}-]*/g))].sort();
  assert.deepEqual(words(pages[0]!), words(pages[1]!));
});

test("the page names every code that a problem can have, with its status, and every route", () => {
  for (const [code, status] of Object.entries(problemStatus)) {
    const row = pages[0]!
      .split("\n")
      .find((line) => line.startsWith("| `QZ") && line.includes(`\`${code}\``));
    assert.ok(row?.includes(String(status)), `${code} ${status}`);
  }
  for (const { path } of routes) {
    const tail = path.replace(
      "/v1/catalog/{identifier}/versions/{version}",
      "…/versions/{version}",
    );
    assert.ok(pages[0]!.includes(tail), path);
  }
});

test("the vectors of records and digest hold", () => {
  const sum = new DigestSum();
  for (const { key, record, hash, bucket } of vectors[0]!.records) {
    assert.equal(Buffer.from(recordHash(key, record)).toString("hex"), hash);
    assert.equal(createHash("sha256").update(`${key}${record}`, "utf8").digest("hex"), hash);
    assert.equal(bucketOf(key, 8), bucket);
    assert.equal(JSON.stringify(JSON.parse(record)), record);
    sum.add(Buffer.from(hash, "hex"));
  }
  assert.deepEqual(sum.value(), vectors[0]!.digest);
});

test("the vector of a batch holds", () => {
  const { bytes, digest } = vectors[0]!.batch;
  const batch = readBatch(Buffer.from(bytes, "utf8"));
  assert.equal(batch.digest, digest);
  assert.equal(batchDigest(Buffer.from(bytes, "utf8")), digest);
  assert.deepEqual(
    readChanges(batch).map(({ op, text }) => [op, text]),
    [
      ["delete", '{"id":"2"}'],
      ["upsert", '{"id":"1","name":"张三"}'],
    ],
  );
});

test("the vectors of a generation hold: what its parts hold is what its commit says", () => {
  const { records, digest, batches } = vectors[0]!.generation;
  for (const { record, hash, bucket } of records) {
    assert.equal(Buffer.from(recordHash(record, record)).toString("hex"), hash);
    assert.equal(bucketOf(record, 8), bucket);
  }
  const sum = new DigestSum();
  let predecessor = vectors[0]!.batch.bytes.match(/"predecessor":"(\w+)"/)![1];
  for (const { bytes, digest: named } of batches) {
    const batch = readBatch(Buffer.from(bytes, "utf8"));
    assert.deepEqual([batch.digest, batch.manifest.predecessor], [named, predecessor]);
    for (const { text } of readChanges(batch)) sum.add(recordHash(text, text));
    predecessor = named;
  }
  const commit = readBatch(Buffer.from(batches.at(-1)!.bytes)).manifest.generation;
  assert.ok(commit?.step === "commit");
  assert.deepEqual(sum.value(), digest);
  assert.deepEqual({ count: commit.count, sum: commit.sum }, digest);
});

test("the example of a signature is what the protocol's own words produce", () => {
  const {
    privateKey,
    publicKey,
    method,
    target,
    contentType,
    contentDigest,
    keyid,
    nonce,
    base,
    signature,
    created,
  } = vectors[0]!.signature as Record<string, string> & { created: number };
  const d = Buffer.from(privateKey!, "hex").toString("base64url");
  const x = Buffer.from(publicKey!, "base64").toString("base64url");
  const headers = signRequest(
    {
      method: method!,
      target: target!,
      headers: { "content-type": contentType! },
      body: Buffer.from(vectors[0]!.batch.bytes),
    },
    {
      keyid: keyid!,
      nonce: nonce!,
      created,
      privateKey: createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", d, x }, format: "jwk" }),
    },
  );
  assert.equal(headers["signature"], `qianzhi=:${signature}:`);
  assert.equal(headers["content-digest"], contentDigest);
  for (const text of pages) {
    assert.ok(text.includes(base!), "signature base");
    for (const [name, value] of Object.entries(headers))
      assert.ok(text.toLowerCase().includes(`${name}: ${value}`.toLowerCase()), name);
  }
});
