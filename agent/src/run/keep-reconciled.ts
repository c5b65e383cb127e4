import { knownTarget, retryDelay } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import { nextRun } from "../scheduler/cron.ts";
import { reconcilePipeline } from "../reconcile/reconcile.ts";
import { readPipelineState } from "../state/pipeline-state.ts";
import {
  readReconciliation,
  readReconciliationTimes,
  writeReconciliation,
  type ReconciliationTimes,
} from "../state/reconciliations.ts";
import type { PipelineRunner } from "./pipeline-runner.ts";
import type { Site } from "./site.ts";

/** How often it is looked whether a reconciliation is due. */
const LOOK_MS = 5_000;
/** One that failed is not tried again before this. */
const REST_MS = 60_000;
/** One that is owed still, since its epoch is not open at the platform yet, is not made again before this. */
const DONE_REST_MS = 600_000;

/**
 * Reconciles a pipeline when its time comes, when a person asks, when one is owed, and when the last one has not come to
 * its end, until the signal aborts. What was missed while no agent ran is made up for.
 *
 * @param inTurn Lets one pipeline of a site read at a time.
 */
export async function keepReconciled(
  site: Site,
  runner: PipelineRunner,
  signal: AbortSignal,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const { store } = site;
  const { clock, timers, random, log } = store.world;
  const { name } = runner.config;
  const isDue = dueOf(site, runner);
  let failures = 0;
  let restUntil = clock.monotonic();
  for (;;) {
    await timers.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    if (!isDue(clock.monotonic() >= restUntil)) continue;
    await runner.opened(signal);
    try {
      const { isPart } = await inTurn(() => reconcilePipeline(site, runner, signal));
      failures = 0;
      if (!isPart) restUntil = clock.monotonic() + DONE_REST_MS;
    } catch (caught) {
      store.noticeDamage(caught);
      if (signal.aborted) return;
      if (QianzhiError.is(caught) && caught.code === "QZ_OUTSIDE_WINDOW") continue;
      const error = QianzhiError.is(caught)
        ? caught
        : new QianzhiError("QZ_INTERNAL", {}, { cause: caught });
      failures += 1;
      const waitMs = Math.max(REST_MS, retryDelay(error, failures, random.fraction()));
      restUntil = clock.monotonic() + waitMs;
      const { code, details } = error;
      writeReconciliation(store, name, {
        askedAt: null,
        error: { code, details, at: Math.floor(clock.now()) },
      });
      log.error("reconciliation stopped", {
        pipeline: name,
        error,
        retryInSeconds: Math.round(waitMs / 1000),
      });
    }
  }
}

/** What follows from the last reconciliation. */
interface Plan {
  readonly doneAt: number | null;
  readonly isPart: boolean;
  readonly isHeld: boolean;
  readonly nextAt: number;
}

/** Tells whether a reconciliation is due. It is asked often: what the last one left is read and worked out once. */
function dueOf({ store, outbox, config }: Site, runner: PipelineRunner) {
  const { config: pipeline, stream } = runner;
  const { name, reconcile: cron } = pipeline;
  const { clock } = store.world;
  let plan: Plan | undefined;
  const planOf = ({ since, doneAt }: ReconciliationTimes): Plan => {
    const outcome = readReconciliation(store, name)?.outcome;
    // One that was made while the wall clock went wrong, in the future, does not put off the next.
    const from = Math.min(doneAt ?? since, clock.now());
    const nextAt = cron === undefined ? undefined : nextRun(cron, config.timeZone, from);
    return {
      doneAt,
      isPart: outcome?.isPart === true,
      isHeld: outcome?.held !== undefined,
      nextAt: nextAt ?? Infinity,
    };
  };
  const isTime = ({ isPart, isHeld, nextAt }: Plan): boolean => {
    const isLeft = isPart || outbox.owed(stream) !== undefined;
    if (isLeft && outbox.waiting(stream).batches === 0) return !isHeld;
    return nextAt <= clock.now();
  };
  return (isRested: boolean): boolean => {
    const times = readReconciliationTimes(store, name);
    if (times === undefined) {
      writeReconciliation(store, name, {});
      return false;
    }
    if (plan?.doneAt !== times.doneAt) plan = planOf(times);
    const isAsked = times.askedAt !== null;
    const mayBe = isAsked || (isRested && isTime(plan) && knownTarget(store)?.digests !== false);
    if (!mayBe) return false;
    // There is nothing to be equal with; whoever asks hears why.
    if (runner.denied() !== undefined) return isAsked;
    const { paused, fullPass, resync } = readPipelineState(store, name);
    // What everything is read and sent for anyway need not be compared first.
    return !paused && !fullPass && !resync;
  };
}
