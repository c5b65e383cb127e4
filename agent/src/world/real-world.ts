import { randomBytes } from "node:crypto";
import { setImmediate as breathe, setTimeout as wait } from "node:timers/promises";
import type { Clock, Random, Timers } from "@qianzhi/sdk";

/** The machine's clock. */
export const realClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** The machine's timers. A sleep that is longer than a timer can be (24.8 days) is cut to that. */
export const realTimers: Timers = {
  async sleep(ms, signal) {
    if (ms <= 0) return breathe();
    // Node rejects on abort; for us an abort is only an early end.
    await wait(Math.min(ms, 2 ** 31 - 1), undefined, signal === undefined ? {} : { signal }).catch(
      () => undefined,
    );
  },
};

/** The machine's randomness. */
export const realRandom: Random = {
  bytes: (count) => randomBytes(count),
  fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};
