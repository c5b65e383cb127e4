import { retryDelay } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { noCounts, type RunCounts } from "../pipeline/pipeline-run.ts";
import type { Timing } from "../scheduler/next-due.ts";
import { runOnSchedule } from "../scheduler/run-on-schedule.ts";
import { readPipelineState } from "../state/pipeline-state.ts";
import type { PipelineRunner } from "./pipeline-runner.ts";
import type { Site } from "./site.ts";

/** How often a pipeline that rests after an error looks whether a person has paused it meanwhile. */
const LOOK_MS = 5_000;

/** Where a run begins anew, one that failed is followed by a rest as long as itself, up to this. */
const LONGEST_REST_MS = 15 * 60_000;

/**
 * Runs a scheduled pipeline on time until the signal aborts. One that fails rests as long as its error's pace says, alone,
 * and tries again then: whoever runs once a day does not lose the day for a connection that was lost. What took much
 * reading and needs a person waits for its time.
 */
export async function keepRunning(
  site: Pick<Site, "config" | "store">,
  runner: Pick<PipelineRunner, "config" | "opened" | "run">,
  signal: AbortSignal,
): Promise<void> {
  const { config } = runner;
  const { store } = site;
  const { world } = store;
  const timing = timingOf(config, site.config.timeZone);
  if (timing === undefined) return;
  let failures = 0;
  let restUntil = world.clock.monotonic();
  let said: string | undefined;

  await runOnSchedule({ timing, jitterMs: config.jitterMs, world, signal, run: onTime });

  async function onTime(): Promise<void> {
    while (!signal.aborted) {
      await runner.opened(signal);
      if (signal.aborted) return;
      const { paused, approvedDeletes, guard } = readPipelineState(store, config.name);
      // What a person has just allowed need not wait for the rest to end.
      const allowed = guard !== null && approvedDeletes !== null;
      if (paused) return;
      if (world.clock.monotonic() < restUntil && !allowed) return;
      if ((await attempt()) === "done") return;
      while (!signal.aborted && world.clock.monotonic() < restUntil) {
        await world.timers.sleep(Math.min(restUntil - world.clock.monotonic(), LOOK_MS), signal);
        if (readPipelineState(store, config.name).paused) return;
      }
    }
  }

  async function attempt(): Promise<"done" | "again"> {
    const counts = noCounts();
    const startedAt = world.clock.monotonic();
    try {
      await runner.run(signal, counts);
      if (said !== undefined) world.log.info("pipeline runs again", { pipeline: config.name });
      failures = 0;
      said = undefined;
      return "done";
    } catch (caught) {
      store.noticeDamage(caught);
      if (signal.aborted) return "done";
      // What it has read is kept; the next run goes on when the window opens.
      if (QianzhiError.is(caught) && caught.code === "QZ_OUTSIDE_WINDOW") return "again";
      const error = QianzhiError.is(caught)
        ? caught
        : new QianzhiError("QZ_INTERNAL", {}, { cause: caught });
      failures += 1;
      const tookMs = world.clock.monotonic() - startedAt;
      const waitMs = Math.max(
        retryDelay(error, failures, world.random.fraction()),
        config.mode === "cursor" || counts.read === 0 ? 0 : Math.min(tookMs, LONGEST_REST_MS),
      );
      restUntil = world.clock.monotonic() + waitMs;
      // The same trouble is said once, however often it is met.
      if (said !== error.code)
        world.log.error("pipeline stopped", {
          pipeline: config.name,
          error,
          retryInSeconds: Math.round(waitMs / 1000),
        });
      said = error.code;
      return isWorthTrying(error, counts) ? "again" : "done";
    }
  }
}

const roomless: ReadonlySet<string> = new Set<QianzhiError["code"]>([
  "QZ_OUTBOX_FULL",
  "QZ_DISK_FULL",
  "QZ_STORE_IO",
]);

/** Whether trying again before the next time is due may help, or costs the source next to nothing. */
const isWorthTrying = (error: QianzhiError, { read }: RunCounts): boolean =>
  error.recovery === "retry" ||
  error.recovery === "reconnect" ||
  roomless.has(error.code) ||
  read === 0;

const timingOf = ({ schedule, everyMs }: PipelineConfig, timeZone: string): Timing | undefined =>
  everyMs !== undefined
    ? { everyMs }
    : schedule === undefined
      ? undefined
      : { cron: schedule, timeZone };
