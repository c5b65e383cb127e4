import { retryDelay, type Store } from "@qianzhi/exchange";
import { QianzhiError, type ResourceDescriptor } from "@qianzhi/sdk";
import { keepWatched } from "../watch/keep-watched.ts";
import { beginDelivery } from "./begin-delivery.ts";
import { keepAsking } from "./keep-asking.ts";
import { keepReconciled } from "./keep-reconciled.ts";
import { keepRunning } from "./keep-running.ts";
import { keepWithdrawn } from "./keep-withdrawn.ts";
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
  const works: readonly Work[] = [
    ...each.flatMap((runner) => [
      (own: AbortSignal) => keepRunning(site, runner, own),
      (own: AbortSignal) => keepReconciled(site, runner, own, inTurn),
    ]),
    (own) => keepAsking(site, resourcesOf(each), own),
    (own) => keepWatched(site, each, own),
    (own) => keepWithdrawn(site, each, own),
  ];
  await Promise.all(works.map((work) => keepGoing(site.store, work, AbortSignal.any([ending]))));
  if (!ending.aborted) await aborted(ending);
  await site.delivery.stop();
  if (damaged.aborted) throw damaged.reason;
}

/** A machine that slept meanwhile is not made to wait once more. */
const LONGEST_SLEEP_MS = 5_000;

type Work = (signal: AbortSignal) => Promise<void>;

/** What ends a work although nobody ended it, such as a store that cannot be read at this time, is said; then it begins again. */
async function keepGoing(store: Store, work: Work, signal: AbortSignal): Promise<void> {
  const { clock, timers, random, log } = store.world;
  for (let failures = 1; !signal.aborted; failures += 1)
    try {
      return await work(signal);
    } catch (caught) {
      store.noticeDamage(caught);
      if (signal.aborted) return;
      const error = QianzhiError.is(caught)
        ? caught
        : new QianzhiError("QZ_INTERNAL", {}, { cause: caught });
      const waitMs = retryDelay(error, failures, random.fraction());
      log.error("work stopped", { error, retryInSeconds: Math.round(waitMs / 1000) });
      const until = clock.monotonic() + waitMs;
      while (!signal.aborted && clock.monotonic() < until)
        await timers.sleep(Math.min(until - clock.monotonic(), LONGEST_SLEEP_MS), signal);
    }
}

const resourcesOf = (runners: readonly PipelineRunner[]): readonly ResourceDescriptor[] => [
  ...new Set(runners.map(({ config }) => config.resource)),
];

/** Without a scheduled pipeline there is still what waits to be delivered. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
