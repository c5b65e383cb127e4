import { retryDelay } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { ResourceDescriptor } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import type { Timing } from "../scheduler/next-due.ts";
import { runOnSchedule } from "../scheduler/run-on-schedule.ts";
import { readPipelineState } from "../state/pipeline-state.ts";
import { beginDelivery } from "./begin-delivery.ts";
import { keepAsking } from "./keep-asking.ts";
import { keepReconciled } from "./keep-reconciled.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import type { PipelineRunner } from "./pipeline-runner.ts";
import type { Site } from "./site.ts";

/**
 * Keeps the scheduled pipelines among `runners` running and delivers until the signal aborts. A pipeline that fails rests as long as its
 * error's pace says, alone; the others go on. Resolves when everything has come to rest. Throws QZ_STORE_CORRUPT, everything
 * at rest, when the store turns out to be damaged.
 */
export async function runSite(
  site: Site,
  runners: Iterable<PipelineRunner>,
  signal: AbortSignal,
): Promise<void> {
  const { damaged } = site.store;
  const ending = AbortSignal.any([signal, damaged]);
  const each = [...runners];
  beginDelivery(site, each);
  // Each waits by a signal of its own: hundreds of listeners on one look like a leak, to Node and to people.
  const inTurn = oneAtATime();
  await Promise.all([
    ...each.flatMap((runner) => [
      keepRunning(site, runner, AbortSignal.any([ending])),
      keepReconciled(site, runner, AbortSignal.any([ending]), inTurn),
    ]),
    keepAsking(site, resourcesOf(each), AbortSignal.any([ending])),
  ]);
  if (!ending.aborted) await aborted(ending);
  await site.delivery.stop();
  if (damaged.aborted) throw damaged.reason;
}

const resourcesOf = (runners: readonly PipelineRunner[]): readonly ResourceDescriptor[] => [
  ...new Set(runners.map(({ config }) => config.resource)),
];

/** Without a scheduled pipeline there is still what waits to be delivered. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

async function keepRunning(site: Site, runner: PipelineRunner, signal: AbortSignal): Promise<void> {
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
    await runner.opened(signal);
    if (signal.aborted) return;
    const { paused, approvedDeletes, guard } = readPipelineState(store, config.name);
    // What a person has just allowed need not wait for the rest to end.
    const allowed = guard !== null && approvedDeletes !== null;
    if (paused || (world.clock.monotonic() < restUntil && !allowed)) return;
    try {
      await runner.run(signal);
      if (said !== undefined) world.log.info("pipeline runs again", { pipeline: config.name });
      failures = 0;
      said = undefined;
    } catch (caught) {
      store.noticeDamage(caught);
      if (signal.aborted) return;
      // What it has read is kept; the next run goes on when the window opens.
      if (QianzhiError.is(caught) && caught.code === "QZ_OUTSIDE_WINDOW") return onTime();
      const error = QianzhiError.is(caught)
        ? caught
        : new QianzhiError("QZ_INTERNAL", {}, { cause: caught });
      failures += 1;
      const waitMs = retryDelay(error, failures, world.random.fraction());
      restUntil = world.clock.monotonic() + waitMs;
      // The same trouble is said once, however often it is met.
      if (said !== error.code)
        world.log.error("pipeline stopped", {
          pipeline: config.name,
          error,
          retryInSeconds: Math.round(waitMs / 1000),
        });
      said = error.code;
    }
  }
}

const timingOf = ({ schedule, everyMs }: PipelineConfig, timeZone: string): Timing | undefined =>
  everyMs !== undefined
    ? { everyMs }
    : schedule === undefined
      ? undefined
      : { cron: schedule, timeZone };
