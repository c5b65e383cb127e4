import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nextDue } from "../src/scheduler/next-due.ts";
import { runOnSchedule, type ScheduleOptions } from "../src/scheduler/run-on-schedule.ts";

const start = Date.UTC(2026, 0, 15);
const everyTenSeconds = { cron: "*/10 * * * * *", timeZone: "Asia/Shanghai" };

interface Plan {
  readonly timing: ScheduleOptions["timing"];
  readonly jitterMs?: number;
  /** How long each run takes. */
  readonly runMs?: number;
  /** Real time, from the start, at which the wall clock is set by so much. */
  readonly step?: { readonly atMs: number; readonly byMs: number };
  readonly untilMs: number;
}

/** Runs a schedule on a clock that moves only by sleeping, and gives the real times of its runs, from the start. */
async function runsOf({
  timing,
  jitterMs = 0,
  runMs = 0,
  step,
  untilMs,
}: Plan): Promise<readonly number[]> {
  const stop = new AbortController();
  const runs: number[] = [];
  let real = 0;
  const advance = (ms: number): void => {
    real += ms;
    if (real >= untilMs) stop.abort();
  };
  const stepped = (): number => (step !== undefined && real >= step.atMs ? step.byMs : 0);
  await runOnSchedule({
    timing,
    jitterMs,
    signal: stop.signal,
    world: {
      clock: { now: () => start + real + stepped(), monotonic: () => real },
      timers: { sleep: async (ms) => advance(ms) },
      random: { fraction: () => 0.5, bytes: (count) => new Uint8Array(count) },
    },
    run: async () => {
      runs.push(real);
      advance(runMs);
    },
  });
  return runs;
}

test("runs happen on time", async () => {
  assert.deepEqual(
    await runsOf({ timing: everyTenSeconds, untilMs: 35_000 }),
    [10_000, 20_000, 30_000],
  );
});

test("a run that takes longer than its distance is never overlapped, and what it missed is not made up for", async () => {
  assert.deepEqual(
    await runsOf({ timing: everyTenSeconds, runMs: 25_000, untilMs: 90_000 }),
    [10_000, 40_000, 70_000],
  );
  assert.deepEqual(
    await runsOf({ timing: { everyMs: 10_000 }, runMs: 25_000, untilMs: 90_000 }),
    [0, 30_000, 60_000],
  );
});

test("jitter delays each run", async () => {
  assert.deepEqual(
    await runsOf({ timing: everyTenSeconds, jitterMs: 4000, untilMs: 25_000 }),
    [12_000, 22_000],
  );
});

test("a clock set back by an hour neither stops a frequent schedule nor doubles its runs", async () => {
  const runs = await runsOf({
    timing: everyTenSeconds,
    step: { atMs: 33_000, byMs: -3_600_000 },
    untilMs: 100_000,
  });
  assert.ok(runs.length >= 7, `${runs.length} runs`);
  for (const [index, at] of runs.slice(1).entries()) {
    const distance = at - (runs[index] ?? 0);
    assert.ok(distance >= 5000 && distance <= 40_000, `${distance} ms between runs`);
  }
});

test("a daily run is not repeated when the clock is set back after it", async () => {
  const timing = { cron: "0 0 9 * * *", timeZone: "Asia/Shanghai" };
  const day = 86_400_000;
  const runs = await runsOf({
    timing,
    step: { atMs: 3_700_000, byMs: -600_000 },
    untilMs: 2 * day,
  });
  assert.deepEqual(runs, [3_600_000, 3_600_000 + day + 600_000]);
});

test("a clock set forward runs what it skipped, once", async () => {
  const timing = { cron: "0 0 9 * * *", timeZone: "Asia/Shanghai" };
  const runs = await runsOf({
    timing,
    step: { atMs: 1_000_000, byMs: 7_200_000 },
    untilMs: 10_000_000,
  });
  assert.equal(runs.length, 1);
  assert.ok((runs[0] ?? 0) <= 1_030_000);
});

test("the next due time always lies ahead of the last one, or the clock was set back", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e7 }),
      fc.integer({ min: -1e7, max: 1e7 }),
      fc.integer({ min: 1000, max: 1e6 }),
      (last, ahead, everyMs) => {
        const due = nextDue({ everyMs }, last + Math.max(ahead, 0), last) ?? 0;
        assert.ok(due > last && due >= last + ahead && due <= last + Math.max(ahead, 0) + everyMs);
        const wall = nextDue(everyTenSeconds, start + last + ahead, start + last) ?? 0;
        assert.ok(wall > start + last || ahead < 0);
        assert.ok(wall - (start + last + ahead) <= 20_000);
      },
    ),
  );
});
