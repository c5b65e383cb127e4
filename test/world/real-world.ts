import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Log, World } from "@qianzhi/sdk";

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** The real clock, timers and randomness, for tests against real files and servers. */
export const realWorld = (log: Log = silent): World => ({
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  timers: {
    sleep: async (ms, signal) => {
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
  },
  random: { bytes: (count) => randomBytes(count), fraction: () => Math.random() },
  log,
});
