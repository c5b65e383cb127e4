import { createHash } from "node:crypto";
import type { LogFields, World } from "@qianzhi/sdk";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A world on a seeded clock: time passes only when nothing else can happen. */
export interface SimWorld extends World {
  /** Runs until the promise settles, moving the clock from timer to timer. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Moves the clock on without waiting for anything. */
  pass(ms: number): void;
  readonly logged: { readonly event: string; readonly fields: LogFields }[];
}

export function simWorld(seed = 1): SimWorld {
  let now = 1_700_000_000_000;
  let counter = 0;
  let timers: Timer[] = [];
  const logged: { event: string; fields: LogFields }[] = [];
  const draw = (): Buffer => createHash("sha256").update(`${seed}/${counter++}`).digest();
  const log = (event: string, fields: LogFields = {}): void => void logged.push({ event, fields });
  return {
    clock: { now: () => now, monotonic: () => now },
    timers: {
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const timer = { at: now + Math.max(0, ms), order: counter++, fire: resolve };
          timers.push(timer);
          const stop = (): void => {
            timers = timers.filter((each) => each !== timer);
            resolve();
          };
          if (signal?.aborted === true) stop();
          else signal?.addEventListener("abort", stop, { once: true });
        }),
    },
    random: {
      bytes(count) {
        const parts: Buffer[] = [];
        for (let have = 0; have < count; have += 32) parts.push(draw());
        return Buffer.concat(parts).subarray(0, count);
      },
      fraction: () => draw().readUInt32BE(0) / 2 ** 32,
    },
    log: { debug: log, info: log, warn: log, error: log },
    logged,
    pass: (ms) => void (now += ms),
    async run(work) {
      let settled = false;
      const done = (): void => void (settled = true);
      work.then(done, done);
      while (!settled) {
        await new Promise((resolve) => setImmediate(resolve));
        if (settled) break;
        timers.sort((a, b) => a.at - b.at || a.order - b.order);
        const next = timers.shift();
        if (next === undefined) continue;
        now = Math.max(now, next.at);
        next.fire();
      }
      return work;
    },
  };
}
