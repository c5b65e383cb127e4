import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  bucketOf,
  canonicaliser,
  compileResource,
  DigestSum,
  isRefused,
  parseDescriptor,
  recordHash,
  type Item,
} from "../src/index.ts";

interface Vectors {
  readonly offset: string;
  /** A raw value `{base64}` stands for bytes. */
  readonly values: readonly {
    item: Partial<Item>;
    raw: unknown;
    canonical?: unknown;
    refused?: string;
  }[];
  readonly descriptor: unknown;
  readonly records: readonly {
    input: Record<string, unknown>;
    key: string;
    record: string;
    hash: string;
    bucket: number;
  }[];
  readonly digest: { readonly count: number; readonly sum: string };
}

const vectors = JSON.parse(
  readFileSync(new URL("../../test/vectors.json", import.meta.url), "utf8"),
) as Vectors;

const rawOf = (raw: unknown): unknown =>
  typeof raw === "object" && raw !== null && "base64" in raw
    ? Uint8Array.from(Buffer.from(String(raw.base64), "base64"))
    : raw;

test("values have the canonical forms of the vectors", () => {
  for (const { item, raw, canonical, refused } of vectors.values) {
    const of = { identifier: "value", name: "值", ...item } as Item;
    const value = canonicaliser(of, { offset: vectors.offset })(rawOf(raw));
    assert.deepEqual(
      isRefused(value) ? { refused: value.code } : { canonical: value },
      refused === undefined ? { canonical } : { refused },
      `${of.type} of ${JSON.stringify(raw)}`,
    );
  }
});

test("records have the texts, hashes and digest of the vectors, which plain SHA-256 gives too", () => {
  const compiled = compileResource(
    parseDescriptor(JSON.stringify(vectors.descriptor), "vectors.json"),
    { offset: vectors.offset },
  );
  const sum = new DigestSum();
  let plainSum = 0n;
  for (const { input, key, record: text, hash, bucket } of vectors.records) {
    const answer = compiled.canonicalise(input);
    assert.ok("record" in answer);
    assert.deepEqual(
      [compiled.encodeKey(answer.record), compiled.encode(answer.record)],
      [key, text],
    );
    assert.equal(
      createHash("sha256")
        .update(key + text, "utf8")
        .digest("hex"),
      hash,
    );
    assert.equal(Buffer.from(recordHash(key, text)).toString("hex"), hash);
    assert.equal(bucketOf(key, 8), bucket);
    sum.add(recordHash(key, text));
    plainSum += BigInt(`0x${hash}`);
  }
  assert.deepEqual(sum.value(), vectors.digest);
  assert.equal((plainSum % 2n ** 256n).toString(16).padStart(64, "0"), vectors.digest.sum);
});
