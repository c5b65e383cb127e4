import { QianzhiError } from "../errors/qianzhi-error.ts";
import type { ResourceDigest } from "../wire/wire.ts";
import { sha256, sha256Hex } from "./sha256.ts";

/** The record hash of docs/protocol.md: SHA-256(key text ‖ record text), 32 bytes. */
export const recordHash = (keyText: string, recordText: string): Uint8Array =>
  sha256(keyText + recordText);

/** The batch digest: lower-case hex SHA-256 of the uncompressed bytes. */
export const batchDigest = (bytes: Uint8Array): string => sha256Hex(bytes);

/** The bucket of a key: the first `bits` (0–16) bits of SHA-256(key text) as an integer. */
export function bucketOf(keyText: string, bits: number): number {
  if (bits === 0) return 0;
  const hash = sha256(keyText);
  return (((hash[0] ?? 0) << 8) | (hash[1] ?? 0)) >>> (16 - bits);
}

const words = 8;
const wordValues = 0x1_0000_0000;

/**
 * A resource digest that is kept up to date: a count, and a sum of record hashes mod 2^256. Adding and subtracting
 * allocate nothing, and their order does not matter.
 */
export class DigestSum {
  readonly #sum = new Uint32Array(words);
  #count = 0;

  /** Continues from a stored digest; QZ_INTERNAL when it is not one. */
  static from(digest: ResourceDigest): DigestSum {
    if (!/^[0-9a-f]{64}$/.test(digest.sum) || !Number.isSafeInteger(digest.count))
      throw new QianzhiError("QZ_INTERNAL", { problem: "not a resource digest" });
    const sum = new DigestSum();
    sum.#count = digest.count;
    for (let word = 0; word < words; word += 1)
      sum.#sum[word] = Number.parseInt(digest.sum.slice(word * 8, word * 8 + 8), 16);
    return sum;
  }

  /** Takes a record's hash of 32 bytes in. */
  add(hash: Uint8Array): void {
    let carry = 0;
    for (let word = words - 1; word >= 0; word -= 1) {
      const total = (this.#sum[word] ?? 0) + wordOf(hash, word) + carry;
      carry = total >= wordValues ? 1 : 0;
      this.#sum[word] = total;
    }
    this.#count += 1;
  }

  /** Takes a record's hash out that was taken in before. */
  subtract(hash: Uint8Array): void {
    let borrow = 0;
    for (let word = words - 1; word >= 0; word -= 1) {
      const total = (this.#sum[word] ?? 0) - wordOf(hash, word) - borrow;
      borrow = total < 0 ? 1 : 0;
      this.#sum[word] = total;
    }
    this.#count -= 1;
  }

  /** Takes in everything that another sum holds. */
  addSum(other: DigestSum): void {
    let carry = 0;
    for (let word = words - 1; word >= 0; word -= 1) {
      const total = (this.#sum[word] ?? 0) + (other.#sum[word] ?? 0) + carry;
      carry = total >= wordValues ? 1 : 0;
      this.#sum[word] = total;
    }
    this.#count += other.#count;
  }

  /** Takes out everything that another sum holds, which was taken in before. */
  subtractSum(other: DigestSum): void {
    let borrow = 0;
    for (let word = words - 1; word >= 0; word -= 1) {
      const total = (this.#sum[word] ?? 0) - (other.#sum[word] ?? 0) - borrow;
      borrow = total < 0 ? 1 : 0;
      this.#sum[word] = total;
    }
    this.#count -= other.#count;
  }

  value(): ResourceDigest {
    const sum = Array.from(this.#sum, (word) => word.toString(16).padStart(8, "0")).join("");
    return { count: this.#count, sum };
  }
}

const wordOf = (hash: Uint8Array, word: number): number => {
  const at = word * 4;
  return (
    (((hash[at] ?? 0) << 24) |
      ((hash[at + 1] ?? 0) << 16) |
      ((hash[at + 2] ?? 0) << 8) |
      (hash[at + 3] ?? 0)) >>>
    0
  );
};
