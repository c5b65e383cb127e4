import { QianzhiError } from "@qianzhi/sdk";
import { retryDelay } from "@qianzhi/exchange";
import { noCounts, type RunCounts } from "../pipeline/pipeline-run.ts";
import { abortedError } from "../pipeline/replace.ts";
import { readPipelineState } from "../state/pipeline-state.ts";
import type { Alarm } from "../watch/alarms.ts";
import { watchSite } from "../watch/watch-site.ts";
import { payOwed } from "./pay-owed.ts";
import { askCatalog } from "./ask-catalog.ts";
import { beginDelivery } from "./begin-delivery.ts";
import type { PipelineRunner } from "./pipeline-runner.ts";
import type { Site } from "./site.ts";

/** What `run --once --json` prints for a pipeline, counting this run. */
export interface PipelineReport {
  readonly name: string;
  readonly resource: string;
  readonly read: number;
  readonly unchanged: number;
  /** Taken by the platform. */
  readonly accepted: number;
  /** Batches that the target has and has not answered yet; absent when there is none. */
  readonly handedOver?: number;
  /** Refused here or by the platform. */
  readonly quarantined: number;
  readonly deleted: number;
  readonly batches: number;
  readonly seconds: number;
  /** What stopped it; absent when it ran to its end. */
  readonly error?: QianzhiError;
  readonly paused?: true;
  /** That it ran to its end and yet misses rows of its source; absent when nothing is known of that. */
  readonly alarms?: readonly QianzhiError[];
}

/** A run by hand tries a passing fault this often, waiting as its pace says but never longer than this. */
const ATTEMPTS = 3;
const LONGEST_WAIT_MS = 5_000;

export interface RunOnceOptions {
  readonly signal: AbortSignal;
  /** Told each pipeline's counts at its start; they grow while it runs. */
  readonly watch?: (name: string, counts: RunCounts) => void;
}

interface Attempt {
  readonly runner: PipelineRunner;
  readonly before: Totals;
  readonly counts: RunCounts;
  readonly seconds: number;
  readonly paused: boolean;
  readonly failure?: QianzhiError;
}

/**
 * Runs the pipelines once, side by side, delivers what they sealed, and says what became of it. Throws QZ_STORE_CORRUPT,
 * everything at rest, when the store turns out to be damaged.
 */
export async function runOnce(
  site: Site,
  runners: readonly PipelineRunner[],
  { signal, watch }: RunOnceOptions,
): Promise<readonly PipelineReport[]> {
  const { damaged, world } = site.store;
  const { clock } = world;
  const ending = AbortSignal.any([signal, damaged]);
  const startedAt = clock.monotonic();
  beginDelivery(site, runners);
  await askCatalog(site, runners, signal);
  const attempts = await Promise.all(
    runners.map((runner) =>
      // Each waits by a signal of its own: hundreds of listeners on one look like a leak.
      attempt(site, runner, {
        signal: AbortSignal.any([ending]),
        ...(watch === undefined ? {} : { watch }),
      }),
    ),
  );
  const undelivered = await site.delivery.drain(ending).then(() => undefined, typed);
  const unreconciled =
    undelivered === undefined
      ? await payOwed(site, runnersAtRest(attempts), ending)
      : new Map<string, QianzhiError>();
  for (const error of unreconciled.values()) site.store.noticeDamage(error);
  if (damaged.aborted) {
    await site.delivery.stop();
    throw damaged.reason;
  }
  const alarms = watchSite(site, runners).look(false);
  return attempts.map((done) =>
    report(site, done, {
      // How things develop is a matter of `status`: of itself a run must not claim what is not so.
      alarms: alarms.filter(
        ({ pipeline, code }) => pipeline === done.runner.config.name && code === "QZ_SOURCE_AHEAD",
      ),
      undelivered,
      unreconciled: unreconciled.get(done.runner.config.name),
      totalMs: clock.monotonic() - startedAt,
    }),
  );
}

const runnersAtRest = (attempts: readonly Attempt[]): readonly PipelineRunner[] =>
  attempts.flatMap(({ runner, failure }) => (failure === undefined ? [runner] : []));

const typed = (error: unknown): QianzhiError =>
  QianzhiError.is(error) ? error : new QianzhiError("QZ_INTERNAL", {}, { cause: error });

async function attempt(
  site: Site,
  runner: PipelineRunner,
  { signal, watch }: RunOnceOptions,
): Promise<Attempt> {
  const { clock } = site.store.world;
  const startedAt = clock.monotonic();
  const before = totals(site, runner);
  const { paused } = readPipelineState(site.store, runner.config.name);
  const counts = noCounts();
  watch?.(runner.config.name, counts);
  if (paused) await runner.withdraw(signal);
  const failure = paused
    ? undefined
    : await runPatiently(site, runner, counts, signal).then(() => undefined, typed);
  const seconds = (clock.monotonic() - startedAt) / 1000;
  return { runner, before, counts, seconds, paused, ...(failure === undefined ? {} : { failure }) };
}

/** What came after the pipelines had run. */
interface Afterwards {
  readonly alarms: readonly Alarm[];
  readonly undelivered: QianzhiError | undefined;
  readonly unreconciled: QianzhiError | undefined;
  readonly totalMs: number;
}

function report(
  site: Site,
  done: Attempt,
  { alarms, undelivered, unreconciled, totalMs }: Afterwards,
): PipelineReport {
  const { runner, before, counts, paused } = done;
  const after = totals(site, runner);
  const error =
    done.failure ??
    abortedGeneration(site, runner) ??
    (after.waiting > 0 || undelivered?.code === "QZ_SITE_TAKEN" ? undelivered : undefined) ??
    unreconciled;
  return {
    name: runner.config.name,
    resource: runner.config.resource.identifier,
    read: counts.read,
    unchanged: counts.unchanged,
    accepted: after.accepted - before.accepted,
    ...(after.handedOver === 0 ? {} : { handedOver: after.handedOver }),
    quarantined: counts.quarantined + (after.refused - before.refused),
    deleted: counts.deletes,
    batches: counts.batches,
    seconds: Math.round(counts.batches > 0 ? totalMs : done.seconds * 1000) / 1000,
    ...(error === undefined ? {} : { error }),
    ...(paused ? { paused } : {}),
    ...(alarms.length === 0
      ? {}
      : { alarms: alarms.map(({ code, details }) => new QianzhiError(code, details)) }),
  };
}

/** That the platform kept what it had is known only when the last batch has been answered. */
function abortedGeneration(site: Site, { config }: PipelineRunner): QianzhiError | undefined {
  const replaced =
    config.mode === "replace" ? readPipelineState(site.store, config.name).replaced : null;
  return replaced?.aborted === undefined
    ? undefined
    : abortedError(config.name, replaced.count, replaced.aborted);
}

async function runPatiently(
  { store }: Site,
  runner: PipelineRunner,
  counts: RunCounts,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runner.run(signal, counts);
      return;
    } catch (error) {
      store.noticeDamage(error);
      const passing =
        QianzhiError.is(error) && (error.recovery === "retry" || error.recovery === "reconnect");
      if (!passing || attempt === ATTEMPTS || signal.aborted) throw error;
      const waitMs = retryDelay(error, attempt, store.world.random.fraction());
      // A refused password is not tried three times in a row.
      if (waitMs > LONGEST_WAIT_MS) throw error;
      await store.world.timers.sleep(waitMs, signal);
    }
  }
}

interface Totals {
  readonly accepted: number;
  readonly refused: number;
  readonly waiting: number;
  readonly handedOver: number;
}

function totals(site: Site, { stream }: PipelineRunner): Totals {
  const same = site.outbox
    .streams()
    .find(
      (row) => row.stream.pipeline === stream.pipeline && row.stream.resource === stream.resource,
    );
  const { accepted, refused, waiting } = same?.changes ?? { accepted: 0, refused: 0, waiting: 0 };
  return { accepted, refused, waiting, handedOver: same?.batches.handed ?? 0 };
}
