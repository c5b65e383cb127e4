import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { openStore, type Store } from "@qianzhi/exchange";
import { QianzhiError, type ErrorCode } from "@qianzhi/sdk";
import type { PipelineConfig } from "../src/config/site-config.ts";
import { keepRunning } from "../src/run/keep-running.ts";
import { agentSchema } from "../src/state/agent-schema.ts";
import { writePipelineState } from "../src/state/pipeline-state.ts";
import { sleepingWorld, type SleepingWorld } from "./care/world.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Due first after two hours: the world begins at midnight. */
const daily = { schedule: "0 0 2 * * *", mode: "diff" } as const;
const dueMs = 2 * hourMs;

let directory: string;
let store: Store;
let world: SleepingWorld;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "qianzhi-keep-"));
});
after(() => rm(directory, { recursive: true }));
beforeEach(async () => {
  world = sleepingWorld();
  store = await openStore({ directory, schemas: [agentSchema], world });
});
afterEach(() => {
  writePipelineState(store, "people", { paused: false, guard: null, approvedDeletes: null });
  store.close();
});

interface Trouble {
  readonly code: ErrorCode;
  readonly config?: Pick<PipelineConfig, "mode"> & Partial<PipelineConfig>;
  /** Rows that a run has dealt with before it fails, and how long that takes. */
  readonly read?: number;
  readonly tookMs?: number;
  readonly untilMs: number;
  readonly onTry?: (tries: number) => void;
}

/** When a pipeline that always fails tries, from the time it was due first, in seconds. */
async function triesOf({
  code,
  config = daily,
  read = 0,
  tookMs = 0,
  untilMs,
  onTry,
}: Trouble): Promise<readonly number[]> {
  const stop = new AbortController();
  const tries: number[] = [];
  const sleep = world.timers.sleep.bind(world.timers);
  world.timers.sleep = async (ms, signal) => {
    await sleep(ms, signal);
    if (world.ms >= dueMs + untilMs) stop.abort();
  };
  await keepRunning(
    { config: { timeZone: "Asia/Shanghai" }, store } as never,
    {
      config: { name: "people", jitterMs: 0, ...config } as PipelineConfig,
      opened: () => Promise.resolve(),
      run(_, counts) {
        tries.push(Math.round((world.ms - dueMs) / 1000));
        onTry?.(tries.length);
        world.ms += tookMs;
        if (counts !== undefined) counts.read = read;
        return Promise.reject(new QianzhiError(code));
      },
    },
    stop.signal,
  );
  return tries;
}

describe("a pipeline that runs once a day and fails", () => {
  it("tries again within seconds when the connection was lost, and less and less often, up to once a minute", async () => {
    const tries = await triesOf({ code: "QZ_SOURCE_LOST", untilMs: hourMs });
    const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    assert.deepEqual(waits.slice(0, 7), [1, 1, 2, 4, 8, 16, 30]);
    assert.deepEqual(new Set(waits.slice(7)), new Set([30]));
  });

  it("tries each few minutes when its columns are not what they were", async () => {
    const tries = await triesOf({ code: "QZ_SCHEMA_DRIFT", untilMs: hourMs });
    const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    assert.ok(waits.length > 10 && waits.every((wait) => wait >= 30 && wait <= 300));
  });

  it("tries at most twice in a quarter of an hour when the password was refused", async () => {
    const tries = await triesOf({ code: "QZ_SOURCE_AUTH", untilMs: hourMs });
    assert.deepEqual(tries, [0, 450, 900, 1350, 1800, 2250, 2700, 3150]);
  });

  it("does not read everything again for a person who has not answered yet", async () => {
    const guarded = { code: "QZ_DELETE_GUARD", read: 1000, untilMs: 49 * hourMs } as const;
    assert.deepEqual(await triesOf(guarded), [0, 24 * 3600, 48 * 3600]);
  });

  it("leaves the source alone for as long as it was read in vain, where reading begins anew", async () => {
    const lost = { code: "QZ_SOURCE_LOST", read: 1000, tookMs: 600_000, untilMs: hourMs } as const;
    assert.deepEqual(await triesOf(lost), [0, 1200, 2400]);
  });

  it("comes back at once to a source that it has long waited for", async () => {
    const away = { code: "QZ_SOURCE_UNREACHABLE", tookMs: 600_000, untilMs: hourMs } as const;
    assert.equal((await triesOf(away))[1], 601);
  });

  it("goes on at once where reading goes on", async () => {
    const config = { ...daily, mode: "cursor" } as const;
    const lost = { code: "QZ_SOURCE_LOST", read: 1000, tookMs: 600_000, config } as const;
    assert.equal((await triesOf({ ...lost, untilMs: hourMs }))[1], 601);
  });

  it("waits for its time once a person has paused it", async () => {
    const tries = await triesOf({
      code: "QZ_SOURCE_LOST",
      untilMs: hourMs,
      onTry: (count) => {
        if (count === 3) writePipelineState(store, "people", { paused: true });
      },
    });
    assert.equal(tries.length, 3);
  });
});
