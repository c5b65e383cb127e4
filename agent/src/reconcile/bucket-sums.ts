import { bucketOf, DigestSum, recordHash } from "@qianzhi/sdk";
import type { ResourceDigest } from "@qianzhi/sdk";

/** As many buckets as every platform of level 3 keeps up to date: their digests are 1.5 MB on the wire. */
const MOST_BITS = 14;
/** Rows that a bucket should hold: fewer make the digests longer, more the list of a bucket that differs. */
const BUCKET_ROWS = 128;

const WORDS = 8;

/** The number of buckets, as a power of two, in which so many rows are compared. */
export const bitsFor = (rows: number): number =>
  Math.min(MOST_BITS, Math.max(0, Math.ceil(Math.log2(Math.max(1, rows) / BUCKET_ROWS))));

/**
 * The digests of a relation's records by buckets of their keys, filled in any order and in a memory that does not
 * grow: the finest buckets are kept, since nobody knows how many rows will come, and added up to those that are asked for.
 */
export class BucketSums {
  readonly #counts = new Uint32Array(2 ** MOST_BITS);
  /** Eight words a bucket, the most significant first. */
  readonly #sums = new Uint32Array(2 ** MOST_BITS * WORDS);

  add(keyText: string, recordText: string): void {
    const bucket = bucketOf(keyText, MOST_BITS);
    const hash = recordHash(keyText, recordText);
    const sums = this.#sums;
    this.#counts[bucket]! += 1;
    let carry = 0;
    for (let word = WORDS - 1; word >= 0; word -= 1) {
      const at = word * 4;
      const added =
        ((hash[at]! << 24) | (hash[at + 1]! << 16) | (hash[at + 2]! << 8) | hash[at + 3]!) >>> 0;
      const total = sums[bucket * WORDS + word]! + added + carry;
      carry = total > 0xffff_ffff ? 1 : 0;
      sums[bucket * WORDS + word] = total;
    }
  }

  /** The digests of 2^bits buckets. */
  at(bits: number): readonly ResourceDigest[] {
    const sums = Array.from({ length: 2 ** bits }, () => new DigestSum());
    this.#counts.forEach((count, bucket) => {
      if (count === 0) return;
      const words = this.#sums.subarray(bucket * WORDS, (bucket + 1) * WORDS);
      const sum = Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
      sums[bucket >> (MOST_BITS - bits)]!.addSum(DigestSum.from({ count, sum }));
    });
    return sums.map((each) => each.value());
  }
}
