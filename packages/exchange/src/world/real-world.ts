import { randomBytes } from "node:crypto";
import { setImmediate as breathe, setTimeout as wait } from "node:timers/promises";
import type { Log, World } from "@qianzhi/sdk";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The machine's clock, timers and randomness, for programs that embed the exchange. Silent unless a log is given. */
export function realWorld(log: Log = silent): World {
  return {
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    timers: {
      async sleep(ms, signal) {
        if (ms <= 0) return breathe();
        const options = signal === undefined ? {} : { signal };
        // Node rejects on abort; here an abort is only an early end.
        await wait(Math.min(ms, LONGEST_TIMER_MS), undefined, options).catch(() => undefined);
      },
    },
    random: {
      bytes: (count) => randomBytes(count),
      fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
    },
    log,
  };
}
