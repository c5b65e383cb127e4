import type { OpenDatabase, Outbox, ReceiptEvent, VoidedBatch } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { StreamName, Target, World } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { decode } from "../charset/decode.ts";
import { noCounts, type PipelineRun, type RunCounts } from "../pipeline/pipeline-run.ts";
import {
  preparePipeline,
  runPipeline,
  sealedKeysOf,
  type RunOptions,
} from "../pipeline/run-pipeline.ts";
import { markSource } from "../pipeline/mark-source.ts";
import type { PipelineMemory } from "../pipeline/quiet-poll.ts";
import { countThere } from "../reconcile/digest-there.ts";
import type { Nominations } from "../pipeline/reread.ts";
import { openNominations, RETRY_REFUSED_MS } from "../state/nominations.ts";
import { writePipelineState } from "../state/pipeline-state.ts";
import { runProgress, type RunProgress } from "../watch/run-progress.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { onReplacement, onReplacementVoided } from "./on-replacement.ts";
import { isPaged, pageByPage } from "./page-by-page.ts";
import type { QuietRuns } from "./quiet-runs.ts";
import { recordRun } from "./record-run.ts";
import type { Reader, SourcePool } from "./source-pool.ts";
import { passShareGate } from "./share-gate.ts";
import { openStaging } from "./staging.ts";
import { createStage, readSourceKeys } from "./stage.ts";
import { noteWithdrawn } from "./withdraw.ts";

/** One configured pipeline with its source and its place in the outbox. */
export interface PipelineRunner {
  readonly config: PipelineConfig;
  readonly stream: StreamName;
  /** Rows that the next run reads again. */
  readonly nominations: Nominations;
  /** Of its polls. */
  readonly progress: Pick<RunProgress, "run" | "takeRate">;
  /**
   * One run, added to `counts`, recorded in state and ledger whatever becomes of it. Throws what stopped it,
   * QZ_OUTSIDE_WINDOW included, which is nobody's fault and is not recorded. Never two at a time: the next one waits.
   */
  run(signal: AbortSignal, counts?: RunCounts): Promise<RunCounts>;
  /** Waits until the source's window opens, or the signal aborts. */
  opened(signal: AbortSignal): Promise<void>;
  /** Lends the prepared pipeline for a look at a few rows, at any time of day: nothing is sealed through it. */
  look<T>(work: (run: PipelineRun) => Promise<T>, signal: AbortSignal): Promise<T>;
  /**
   * The same for reading everything, within the source's window. Where pages are read one by one, each takes its turn with
   * whoever else reads from the source, and waits for the next window when this one ends.
   */
  readAll<T>(work: (run: PipelineRun) => Promise<T>, signal: AbortSignal): Promise<T>;
  /**
   * Polls, then lends the pipeline for sealing what a poll does not see: its serial stage, in which nothing else is sealed
   * meanwhile. Polls again when `work` answers that it has nominated rows.
   */
  repair(
    work: (run: PipelineRun, nominations: Nominations) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void>;
  /** In the transaction of the receipt: rows refused for the time being are read again later. */
  onReceipt(event: ReceiptEvent): void;
  /** In the transaction that voids: what the batches held is read again. */
  onVoided(batches: Iterable<VoidedBatch>, reason: string): void;
  /** Why nothing of it may be shared now; undefined when it may. */
  denied(): QianzhiError | undefined;
  /** Has removed what the platform has of it while nothing may be shared; nothing is read for that. */
  withdraw(signal: AbortSignal): Promise<void>;
}

export interface RunnerOptions {
  readonly config: PipelineConfig;
  readonly stream: StreamName;
  readonly pool: SourcePool;
  readonly outbox: Outbox;
  readonly target: Target;
  /** Why nothing can be delivered any more, so that nothing need be read: QZ_SITE_TAKEN. */
  readonly taken: () => QianzhiError | undefined;
  readonly world: World;
  readonly quietRuns: QuietRuns;
  /** Why nothing of it may be shared: QZ_POLICY_WITHHELD. */
  readonly denied: () => QianzhiError | undefined;
  /** The latest version of its resource in the platform's catalog; undefined before it was heard of. */
  readonly publishedVersion: () => string | undefined;
  /** Why its resource may not be read for, by the platform's catalog. */
  readonly drift: () => QianzhiError | undefined;
  /** For what is staged; the runtime's own SQLite unless said. */
  readonly openDatabase?: OpenDatabase;
}

export function createRunner(options: RunnerOptions): PipelineRunner {
  const { config, stream, pool, outbox, world, openDatabase } = options;
  const { store } = outbox;
  const { database } = store;
  const nominations = openNominations(database, config.name, world.clock);
  const sealedKeys = sealedKeysOf(config, store);
  const memory: PipelineMemory = {};
  const progress = runProgress(world.clock);
  const serially = oneAtATime();
  /** The state says that all is well: of a run that moves nothing only its time is new. */
  let isNoted = false;

  function note(startedAt: number, counts: RunCounts, error?: unknown): void {
    const moved = counts.upserts + counts.deletes + counts.quarantined > 0;
    if (error === undefined && !moved && isNoted)
      return options.quietRuns.note(config.name, startedAt);
    // What is noted late must not stand over what is noted now.
    options.quietRuns.flush();
    recordRun(outbox, config.name, {
      startedAt,
      counts,
      ...(error === undefined ? {} : { error }),
    });
    isNoted = error === undefined;
  }

  const prepared = (
    { source, staging }: Pick<RunOptions, "source" | "staging">,
    counts: RunCounts,
    signal: AbortSignal,
  ): RunOptions => ({
    config,
    source,
    staging,
    store,
    counts,
    nominations,
    sealedKeys,
    world,
    memory,
    signal,
    host: { decode },
    heldThere: () => countThere(options.target, stream, signal),
    stage: createStage({
      outbox,
      stream,
      resource: config.resource,
      sealedKeys,
      counts,
      maxQuarantined: config.maxQuarantined,
    }),
  });

  return {
    config,
    stream,
    nominations,
    progress,
    run: (signal, counts = noCounts()) => serially(() => poll(signal, counts)),
    opened: (signal) => pool.care.opened(signal),
    look: (work, signal) => read(work, signal),
    async readAll(work, signal) {
      const paged = await read(
        async (run) => (isPaged(run) ? run : undefined),
        signal,
        reader("stop"),
      );
      return paged === undefined
        ? read(work, signal, reader("stop"))
        : work({ ...paged, source: pageByPage(paged.source, pool, reader("stop")) });
    },
    repair: (work, signal) =>
      serially(async () => {
        await poll(signal, noCounts());
        const isNominated = await read(
          async (run) => {
            try {
              return await work(run, nominations);
            } finally {
              await run.stage.settled();
            }
          },
          signal,
          reader("stop"),
        );
        if (isNominated) await poll(signal, noCounts());
      }),
    onReceipt(event) {
      noteWithdrawn(outbox, stream);
      if (config.mode === "replace") return onReplacement(outbox, config, event);
      const { refused, sourceKeys } = event;
      const temporary = refused.filter(({ temporary: again }) => again);
      if (temporary.length === 0 || sourceKeys === undefined) return;
      const keys = readSourceKeys(sourceKeys);
      const again = temporary.flatMap(({ index, op, keyText }) => {
        const sourceKey = keys[index];
        if (sourceKey === undefined) return [];
        return [{ sourceKey, deletedKey: op === "delete" ? keyText : null }];
      });
      if (!nominations.add(again, world.clock.now() + RETRY_REFUSED_MS)) readEverything();
    },
    onVoided,
    denied: options.denied,
    withdraw: (signal) => serially(() => passGate(signal)),
  };

  function onVoided(batches: Iterable<VoidedBatch>, reason: string): void {
    if (config.mode === "replace") return onReplacementVoided(outbox, config.name, reason);
    for (const { sourceKeys } of batches) {
      if (sourceKeys !== undefined && sourceKeys !== "[]") return readEverything();
    }
  }

  async function poll(signal: AbortSignal, counts: RunCounts): Promise<RunCounts> {
    const startedAt = world.clock.now();
    try {
      refuseTaken();
      await passGate(signal);
      const denied = options.denied();
      if (denied !== undefined) throw denied;
      const drift = options.drift();
      if (drift !== undefined) throw drift;
      await pool.use(
        async (source) => {
          progress.reads();
          await using staging = openStaging(outbox, openDatabase);
          const work = prepared({ source, staging }, counts, signal);
          try {
            await runPipeline(work);
            if (pool.care.closed() === undefined) await markSource(work);
          } finally {
            await work.stage.settled();
          }
        },
        signal,
        reader(config.mode === "cursor" ? "stop" : "wait"),
      );
      note(startedAt, counts);
      return counts;
    } catch (error) {
      forgetUndecided(counts);
      const isClosed = QianzhiError.is(error) && error.code === "QZ_OUTSIDE_WINDOW";
      if (!signal.aborted && !isClosed) note(startedAt, counts, error);
      throw error;
    }
  }

  function reader(atWindowEnd: Reader["atWindowEnd"]): Reader {
    return { pipeline: config.name, pageRows: config.pageRows, atWindowEnd, progress };
  }

  function passGate(signal: AbortSignal): Promise<void> {
    const { target, denied, publishedVersion } = options;
    const version = publishedVersion() ?? config.resource.version;
    return passShareGate({ config, stream, outbox, target, version, onVoided, signal }, denied());
  }

  function refuseTaken(): void {
    const taken = options.taken();
    if (taken !== undefined) throw taken;
  }

  async function read<T>(
    work: (run: PipelineRun) => Promise<T>,
    signal: AbortSignal,
    as?: Reader,
  ): Promise<T> {
    if (as !== undefined) refuseTaken();
    return pool.use(
      async (source) => {
        await using staging = openStaging(outbox, openDatabase);
        const options = prepared({ source, staging }, noCounts(), signal);
        const run = await preparePipeline(options, as === undefined);
        return await work(run);
      },
      signal,
      as,
    );
  }

  function readEverything(): void {
    writePipelineState(store, config.name, { resync: true });
  }
}

/** Rows that were read and whose fate was not decided when the run failed are read, and counted, again by the next. */
function forgetUndecided(counts: RunCounts): void {
  counts.read = counts.unchanged + counts.upserts + counts.deletes + counts.quarantined;
}
