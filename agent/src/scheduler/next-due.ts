import { nextRun } from "./cron.ts";

/** When a pipeline runs: by the wall clock in a zone, or at a fixed distance from start to start. */
export type Timing =
  | { readonly cron: string; readonly timeZone: string }
  | { readonly everyMs: number };

/**
 * When to run next, for cron in wall-clock milliseconds, for `everyMs` in milliseconds of a monotonic clock; both times
 * given on the same clock. `last` is when the previous run was due; what became due meanwhile is made up for once, not
 * each time. Undefined when the expression names no further time.
 *
 * A wall clock that was set back has the times since then before it once more. They are not run again, unless
 * waiting for a new one would take more than twice the usual distance: then the clock is believed as it stands.
 */
export function nextDue(timing: Timing, now: number, last: number | undefined): number | undefined {
  if ("everyMs" in timing) {
    if (last === undefined) return now;
    const missed = Math.max(0, Math.ceil((now - last) / timing.everyMs) - 1);
    return last + (missed + 1) * timing.everyMs;
  }
  const { cron, timeZone } = timing;
  if (last === undefined || now >= last) return nextRun(cron, timeZone, now);
  const due = nextRun(cron, timeZone, last);
  return due !== undefined && due - now <= 2 * (due - last) ? due : nextRun(cron, timeZone, now);
}
