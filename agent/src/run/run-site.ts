import type { ResourceDescriptor } from "@qianzhi/sdk";
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
  await Promise.all([
    ...each.flatMap((runner) => [
      keepRunning(site, runner, AbortSignal.any([ending])),
      keepReconciled(site, runner, AbortSignal.any([ending]), inTurn),
    ]),
    keepAsking(site, resourcesOf(each), AbortSignal.any([ending])),
    keepWatched(site, each, AbortSignal.any([ending])),
    keepWithdrawn(site, each, AbortSignal.any([ending])),
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
