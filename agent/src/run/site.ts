import {
  createDelivery,
  lockDirectory,
  openItemShares,
  openStore,
  Outbox,
} from "@qianzhi/exchange";
import type {
  Compression,
  Delivery,
  OpenDatabase,
  Store,
  StoreFiles,
  StoreOptions,
} from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { StreamName, Target, World } from "@qianzhi/sdk";
import { sourceCare } from "../care/source-care.ts";
import type { PipelineConfig, SiteConfig } from "../config/site-config.ts";
import { declareShares } from "./declare-shares.ts";
import { denialOf, shareEnded } from "./denied.ts";
import { removeStaged } from "../pipeline/staged-rows.ts";
import { agentSchema } from "../state/agent-schema.ts";
import { openPasswordRest, openTargetRest } from "../state/password-rest.ts";
import { noteKeptAside } from "./kept-aside.ts";
import { loadNotes } from "./load-notes.ts";
import { openAgentStore } from "./open-agent-store.ts";
import { offsetAt } from "../scheduler/zone-offset.ts";
import { writeWithholding } from "../state/withholdings.ts";
import { openPublished, type Published } from "./published.ts";
import { quietRuns } from "./quiet-runs.ts";
import { restingTarget } from "./resting-target.ts";
import { createRunner, type PipelineRunner } from "./pipeline-runner.ts";
import { openSourcePool, type SourcePool } from "./source-pool.ts";

/** A running deployment: its pipelines, its outbox and its delivery, wired to the world that is passed in. */
export interface Site {
  readonly config: SiteConfig;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  readonly target: Target;
  readonly runners: ReadonlyMap<string, PipelineRunner>;
  readonly published: Published;
  /** By source name. */
  readonly pools: ReadonlyMap<string, SourcePool>;
  /** Writes what was kept back to be written together. */
  flush(): void;
  /** The calendar day in the site's zone, YYYY-MM-DD. */
  today(): string;
  /** Stops what runs, waits for it, and gives the directory free. Closing twice is fine. */
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly config: SiteConfig;
  readonly world: World;
  readonly target: Target;
  readonly compression?: Compression;
  readonly openDatabase?: OpenDatabase;
  /** Files on the disk unless said. */
  readonly files?: StoreFiles;
  /** An agent holds its directory for life; commands that only look do not. */
  readonly lock: boolean;
  /** Take the streams over from another agent of this site, because a person said so. */
  readonly takeOver?: boolean;
  /** Why the store is not to be used as it is: the damage that was found while it was open last. */
  readonly damage?: QianzhiError | undefined;
}

export async function openSite(options: SiteOptions): Promise<Site> {
  const { config, world, compression, openDatabase, files } = options;
  const lock = options.lock ? await lockDirectory(config.dataDirectory) : undefined;
  let opened: Store | undefined;
  let closing: Promise<void> | undefined;
  try {
    const storeOptions: StoreOptions = {
      directory: config.dataDirectory,
      schemas: [agentSchema],
      world,
      limits: {
        // Space set aside is for whoever delivers: other commands need none.
        ...(options.lock ? {} : { reserveBytes: 0 }),
        maxBytes: config.outbox.maxBytes,
        retainDeliveredMs: config.outbox.retainDeliveredMs,
        keepLedgerMs: config.ledger.keepMs,
        maxLedgerBytes: config.ledger.maxBytes,
      },
      ...(openDatabase === undefined ? {} : { openDatabase }),
      ...(files === undefined ? {} : { files }),
    };
    const store = options.lock
      ? await openAgentStore(storeOptions, options.damage)
      : await openStore(storeOptions);
    opened = store;
    // Only whoever holds the directory knows that nobody reads from them.
    if (options.lock) await removeStaged(config.dataDirectory);
    const today = dayIn(config.timeZone, world);
    const { forPeople: target, forDelivery } = restingTarget(
      options.target,
      openTargetRest(store, config),
    );
    const outbox = new Outbox(store, {
      today,
      ...(compression === undefined ? {} : { compression }),
    });
    const pools = new Map(
      [...config.sources.values()].map((source) => [
        source.name,
        openSourcePool(
          source,
          sourceCare(source, config.timeZone, world, () => loads.writeWhenOld()),
          world,
          openPasswordRest(store, source),
        ),
      ]),
    );
    const loads = loadNotes(store, () =>
      [...pools].map(([name, { care }]) => [name, care.report()]),
    );
    const quiet = quietRuns(store, loads.write);
    const published = openPublished(store, target, config.platform?.url ?? target.kind);
    const items = openItemShares(store.settings);
    const policy = { published, today };
    const runners = new Map(
      config.pipelines.map((pipeline) => {
        return [
          pipeline.name,
          createRunner({
            config: pipeline,
            stream: streamOf(config, pipeline),
            pool: lent(pools, pipeline),
            outbox,
            target,
            taken: () => delivery.state().taken,
            world,
            quietRuns: quiet,
            denied: () => denialOf(pipeline, store, policy),
            publishedVersion: () => published.latest(pipeline.resource.identifier)?.version,
            drift: () => published.drift(pipeline.resource),
            ...(openDatabase === undefined ? {} : { openDatabase }),
          }),
        ];
      }),
    );
    // Commands that only look leave the store as it is.
    if (options.lock) declareShares(config, { outbox, items }, runners.values());
    if (options.lock)
      await noteKeptAside(
        outbox,
        [...runners.values()].map(({ stream }) => stream),
      );
    const delivery = createDelivery({
      outbox,
      target: forDelivery,
      world,
      takeOver: options.takeOver ?? false,
      mayLeave(resource, version) {
        const descriptor = config.resources.get(resource);
        if (descriptor === undefined) return undefined;
        return (
          shareEnded(descriptor, policy) ??
          items.withheld(resource, version, published.withheldItems(resource))
        );
      },
      onReceipt: (event) => runners.get(event.stream.pipeline)?.onReceipt(event),
      onVoided: (stream, batches, reason) =>
        runners.get(stream.pipeline)?.onVoided(batches, reason),
      onWithheld: ({ pipeline, resource }, version, { details }) =>
        writeWithholding(store, pipeline, {
          refused: {
            version,
            published: published.latest(resource)?.version ?? null,
            problem: details["problem"],
            at: Math.floor(world.clock.now()),
          },
        }),
    });
    return {
      config,
      store,
      outbox,
      delivery,
      target,
      runners,
      published,
      pools,
      flush: quiet.flush,
      today,
      close: () => (closing ??= close()),
    };

    async function close(): Promise<void> {
      await delivery.stop();
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      await target.close();
      try {
        if (!store.damaged.aborted) quiet.flush();
        if (options.lock && !store.damaged.aborted)
          store.transaction(loads.write, { durable: false });
      } finally {
        store.close();
        lock?.release();
      }
    }
  } catch (error) {
    opened?.close();
    lock?.release();
    throw error;
  }
}

const streamOf = (
  { site }: SiteConfig,
  { name: pipeline, resource: { identifier: resource } }: PipelineConfig,
): StreamName => ({ site, pipeline, resource });

function lent(
  pools: ReadonlyMap<string, SourcePool>,
  { name, source }: PipelineConfig,
): SourcePool {
  const pool = pools.get(source.name);
  if (pool === undefined)
    throw new QianzhiError("QZ_INTERNAL", { problem: `${name}: ${source.name}` });
  return pool;
}

const MINUTE_MS = 60_000;

/** The calendar day in a zone, YYYY-MM-DD. It is asked for with each batch, and changes with a minute at most. */
function dayIn(timeZone: string, { clock }: World): () => string {
  let minute: number | undefined;
  let day = "";
  return () => {
    const now = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;
    if (now !== minute) day = new Date(now + offsetAt(timeZone, now)).toISOString().slice(0, 10);
    minute = now;
    return day;
  };
}
