import { createHash } from "node:crypto";
import type { Random } from "@qianzhi/sdk";

/** Everything random in a simulated world. Each part has dice of its own, so that one part's throws move no other's. */
export interface Dice extends Random {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  shuffled<T>(list: readonly T[]): readonly T[];
}

/** Dice whose throws follow from the name alone (xoshiro128**, seeded by SHA-256). */
export function dice(name: string): Dice {
  const seed = createHash("sha256").update(name).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => seed.readInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const next = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const fraction = (): number => next() / 2 ** 32;
  const between = (low: number, high: number): number =>
    low + Math.floor(fraction() * (high - low + 1));
  return {
    fraction,
    between,
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
    chance: (probability) => probability > 0 && fraction() < probability,
    pick: (list) => list[between(0, list.length - 1)]!,
    shuffled(list) {
      const left = [...list];
      return list.map(() => left.splice(between(0, left.length - 1), 1)[0]!);
    },
  };
}
