import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamPosition } from "@qianzhi/sdk";
import { align, type LocalPosition } from "../../src/delivery/alignment.ts";

/** A site in epoch 3 that sealed five batches, of which three were delivered. */
const local: LocalPosition = {
  instances: ["once us", "us"],
  epoch: 3,
  nonce: "n3",
  opened: true,
  base: { epoch: 2, digest: "end of 2" },
  fenceable: true,
  digestAt: (sequence) => (sequence === 0 ? "n3" : sequence <= 5 ? `d${sequence}` : undefined),
  delivered: (sequence) => sequence <= 3,
};
const at = (change: Partial<StreamPosition>): StreamPosition => ({
  instance: "us",
  epoch: 3,
  nonce: "n3",
  sequence: 3,
  digest: "d3",
  ...change,
});
const base = at({ epoch: 2, nonce: "n2", sequence: 7, digest: "end of 2" });
const provisional = { ...local, opened: false, delivered: () => false };
const fresh = { ...provisional, epoch: 1, base: { epoch: 0, digest: "" }, fenceable: false };

const cases: readonly (readonly [
  string,
  LocalPosition,
  StreamPosition | undefined,
  ReturnType<typeof align>["kind"],
])[] = [
  ["both agree", local, at({}), "equal"],
  [
    "an answer was lost: the platform has one more of ours",
    local,
    at({ sequence: 4, digest: "d4" }),
    "equal",
  ],
  ["the platform lost the last ones", local, at({ sequence: 1, digest: "d1" }), "behind"],
  ["the platform lost all of the epoch", local, at({ sequence: 0, digest: "n3" }), "behind"],
  ["the platform lost the epoch and nothing else", local, base, "behind"],
  [
    "the platform lost more than the epoch",
    local,
    at({ epoch: 2, sequence: 6, digest: "x" }),
    "parted",
  ],
  ["the platform lost everything", local, undefined, "parted"],
  ["the platform has a batch that we never made", local, at({ digest: "other" }), "parted"],
  [
    "the platform is ahead: this directory was restored",
    local,
    at({ sequence: 9, digest: "d9" }),
    "parted",
  ],
  [
    "our own later epoch: this directory was restored",
    local,
    at({ epoch: 4, nonce: "n4" }),
    "parted",
  ],
  [
    "our own epoch with another nonce: this directory was restored",
    local,
    at({ nonce: "nX" }),
    "parted",
  ],
  [
    "an epoch of ours that was opened late, under a name that we had before",
    local,
    at({ epoch: 2, instance: "once us" }),
    "parted",
  ],
  ["another instance is in force", local, at({ epoch: 4, instance: "they" }), "taken"],
  [
    "another instance, and this one takes over",
    { ...local, fenceable: false },
    at({ epoch: 4, instance: "they" }),
    "parted",
  ],
  ["a new epoch over the one it follows", provisional, base, "open"],
  [
    "a new epoch whose opening was answered to nobody",
    provisional,
    at({ sequence: 0, digest: "n3" }),
    "open",
  ],
  [
    "a new epoch over a platform that went back meanwhile",
    provisional,
    at({ epoch: 2, digest: "x" }),
    "parted",
  ],
  [
    "a new epoch, and another instance came between",
    provisional,
    at({ epoch: 3, instance: "they" }),
    "taken",
  ],
  ["a new directory and a new platform", fresh, undefined, "open"],
  [
    "a new directory in which nothing is sealed, and a new platform",
    { ...fresh, digestAt: (sequence) => (sequence === 0 ? "n1" : undefined) },
    undefined,
    "equal",
  ],
  ["a new directory where another wrote", fresh, at({ epoch: 5, instance: "they" }), "parted"],
  [
    "a new directory that has seen where the other stands",
    { ...fresh, epoch: 6, base: { epoch: 5, digest: "d3" } },
    at({ epoch: 5, instance: "they" }),
    "open",
  ],
];

for (const [situation, ours, theirs, kind] of cases) {
  test(`${situation}: ${kind}`, () => assert.equal(align(ours, theirs).kind, kind));
}
