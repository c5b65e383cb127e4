import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock, Random, Timers } from "@qianzhi/sdk";

/** The machine's own clock, randomness and timers: the composition root of a sandbox that runs by itself. */
export interface RealWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
}

export const realWorld: RealWorld = {
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  random: {
    bytes: (count) => randomBytes(count),
    fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  },
  timers: {
    sleep: (ms, signal) =>
      wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
  },
};
