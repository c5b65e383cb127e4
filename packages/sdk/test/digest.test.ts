import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { batchDigest, bucketOf, DigestSum, recordHash } from "../src/index.ts";

const sha256 = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
const modulus = 2n ** 256n;
const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }));

/** The sum as the protocol defines it, by big integers. */
const expected = (all: readonly Uint8Array[]): string =>
  all
    .reduce((sum, hash) => (sum + BigInt(`0x${Buffer.from(hash).toString("hex")}`)) % modulus, 0n)
    .toString(16)
    .padStart(64, "0");

const sumOf = (all: readonly Uint8Array[]): DigestSum => {
  const sum = new DigestSum();
  for (const hash of all) sum.add(hash);
  return sum;
};

test("a record's hash is SHA-256 over key and record as UTF-8", () =>
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (key, record) => {
      assert.deepEqual(Buffer.from(recordHash(key, record)), sha256(key + record));
    }),
  ));

describe("the sum of a digest", () => {
  test("is the sum of the hashes mod 2^256", () =>
    fc.assert(
      fc.property(hashes, (all) => {
        assert.deepEqual(sumOf(all).value(), { count: all.length, sum: expected(all) });
      }),
      { examples: [[[new Uint8Array(32).fill(255), new Uint8Array(32).fill(255)]]] },
    ));

  test("does not depend on the order", () =>
    fc.assert(
      fc.property(hashes, (all) => {
        assert.deepEqual(sumOf(all).value(), sumOf([...all].reverse()).value());
      }),
    ));

  test("returns to what it was when a hash is taken out again", () =>
    fc.assert(
      fc.property(hashes, fc.uint8Array({ minLength: 32, maxLength: 32 }), (all, hash) => {
        const sum = sumOf(all);
        sum.subtract(hash);
        sum.add(hash);
        assert.deepEqual(sum.value(), sumOf(all).value());
      }),
    ));

  test("is not undone by a duplicate", () => {
    const hash = recordHash("a", "b");
    assert.notDeepEqual(sumOf([hash, hash]).value(), new DigestSum().value());
  });

  test("continues from its value, and adds up with others", () =>
    fc.assert(
      fc.property(hashes, hashes, (one, other) => {
        const sum = DigestSum.from(sumOf(one).value());
        sum.addSum(sumOf(other));
        assert.deepEqual(sum.value(), sumOf([...one, ...other]).value());
      }),
    ));

  test("does not continue from what is no digest", () => {
    assert.throws(() => DigestSum.from({ count: 1, sum: "12" }), { code: "QZ_INTERNAL" });
  });
});

test("a key's bucket is the first bits of its hash", () =>
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 16 }), (key, bits) => {
      const bucket =
        bits === 0
          ? 0
          : Number.parseInt(
              sha256(key).readUInt16BE(0).toString(2).padStart(16, "0").slice(0, bits),
              2,
            );
      assert.equal(bucketOf(key, bits), bucket);
    }),
  ));

test("a batch's digest is the hex SHA-256 of its bytes", () => {
  assert.equal(
    batchDigest(Buffer.from("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
