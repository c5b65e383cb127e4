import type { World } from "@qianzhi/sdk";
import { nextDue, type Timing } from "./next-due.ts";

export interface ScheduleOptions {
  readonly timing: Timing;
  /** Each run starts up to this much later, at random, so that many sites do not start at once. */
  readonly jitterMs: number;
  readonly world: Pick<World, "clock" | "timers" | "random">;
  /** Ends the schedule; a run that is going on is waited for. */
  readonly signal: AbortSignal;
  /** One run. Its rejection ends the schedule. */
  run(): Promise<void>;
}

/** Sleeps are cut to this, so that a wall clock that is set is noticed soon. */
const longestSleepMs = 30_000;

/**
 * Runs on time until the signal aborts. The next run is planned when one has ended, so that a pipeline never overlaps
 * itself, and what was missed meanwhile is run once.
 */
export async function runOnSchedule({
  timing,
  jitterMs,
  world,
  signal,
  run,
}: ScheduleOptions): Promise<void> {
  const { clock, timers, random } = world;
  const now = (): number => ("cron" in timing ? clock.now() : clock.monotonic());
  const sleep = (ms: number): Promise<void> => timers.sleep(Math.min(ms, longestSleepMs), signal);
  let last: number | undefined;
  while (!signal.aborted) {
    const due = await wait();
    if (due === undefined) return;
    await pause(Math.floor(random.fraction() * jitterMs));
    if (signal.aborted) return;
    last = due;
    await run();
  }

  /** Waits for the next due time, planning anew whenever the wall clock was set back; undefined when there is none. */
  async function wait(): Promise<number | undefined> {
    let seen = now();
    let due = nextDue(timing, seen, last);
    while (due !== undefined && !signal.aborted) {
      const current = now();
      if (current >= due) return due;
      if (current < seen) due = nextDue(timing, current, last);
      seen = current;
      if (due !== undefined) await sleep(Math.max(due - current, 1));
    }
    return undefined;
  }

  /** Jitter is a distance, not a time of day: it is waited out by the clock that is never set. */
  async function pause(ms: number): Promise<void> {
    const end = clock.monotonic() + ms;
    while (!signal.aborted && clock.monotonic() < end) await sleep(end - clock.monotonic());
  }
}
