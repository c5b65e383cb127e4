import type { World } from "@qianzhi/sdk";
import type { PasswordRest } from "../../src/state/password-rest.ts";
import type { SourceConfig } from "../../src/config/site-config.ts";

/** A clock that only sleeping moves, and everything that slept. */
export interface SleepingWorld extends World {
  ms: number;
  readonly slept: number[];
}

const silent = () => undefined;

/** @param start Wall clock; the clock that is never set starts at 0. */
export function sleepingWorld(start = Date.parse("2026-03-02T00:00:00+08:00")): SleepingWorld {
  const slept: number[] = [];
  const world = {
    ms: 0,
    slept,
    clock: { now: () => start + world.ms, monotonic: () => world.ms },
    timers: {
      async sleep(ms: number, signal?: AbortSignal) {
        if (signal?.aborted === true) return;
        slept.push(ms);
        world.ms += ms;
      },
    },
    random: { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
  return world;
}

/** A source that never refused a password. */
export const restless: PasswordRest = {
  standing: () => undefined,
  begin: () => undefined,
  end: () => undefined,
};

export const calm: AbortSignal = new AbortController().signal;

/** A source of which only the care matters. */
export const sourceConfig = (change: Partial<SourceConfig> = {}): SourceConfig => ({
  name: "legacy",
  kind: "fake",
  adapter: {
    contract: 1,
    kind: "fake",
    optionsSchema: {},
    open: () => Promise.reject(new TypeError("not opened here")),
  },
  options: {},
  offset: "+08:00",
  maxConnections: 1,
  windows: [],
  statementTargetMs: 500,
  ...change,
});
