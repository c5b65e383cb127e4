import type { Outbox, StreamStatus } from "@qianzhi/exchange";
import { maskValue } from "@qianzhi/sdk";
import type { PipelineConfig, SiteConfig, SourceConfig } from "../config/site-config.ts";
import {
  readPipelineState,
  type PipelineState,
  type StoredHorizon,
  type StoredError,
} from "../state/pipeline-state.ts";
import {
  readReconciliation,
  type ReconciliationOutcome,
  type RepairedKey,
} from "../state/reconciliations.ts";
import { readWithholding } from "../state/withholdings.ts";
import { maskedKey } from "../pipeline/masked-key.ts";
import { sourceStatuses, type SourceStatus } from "./source-status.ts";
import { siteIssues, type StatusIssue } from "./status-issues.ts";

/** What `status` says of a site: one verdict, and what lies behind it. */
export interface SiteStatus {
  readonly verdict: "ok" | "attention";
  /** What a person should do something about, most urgent first. */
  readonly issues: readonly StatusIssue[];
  readonly pipelines: readonly PipelineStatus[];
  readonly sources: readonly SourceStatus[];
  readonly outbox: {
    readonly waitingBatches: number;
    readonly waitingBytes: number;
    readonly maxBytes: number;
  };
}

export interface PipelineStatus {
  readonly name: string;
  readonly resource: string;
  readonly state: "waiting" | "loading" | "running" | "paused" | "held" | "failed";
  /** The cursor alone: keys are people's numbers as often as not. */
  readonly position: string | null;
  /** How far that may go, by the last poll that found something; null in mode diff and before it. */
  readonly horizon: HorizonStatus | null;
  /** How far the feed was read, and what the source keeps for it; null in other modes and before the first poll. */
  readonly feed: FeedStatus | null;
  /** How old the platform's copy may be. */
  readonly lagSeconds: number | null;
  readonly waitingBatches: number;
  readonly quarantined: number;
  readonly lastError: StoredError | null;
  readonly lastRunAt: string | null;
  readonly lastSuccessAt: string | null;
  /** The last comparison with the platform's copy; null before the first. */
  readonly reconciliation: ReconciliationStatus | null;
  /** Of a pipeline that may not be shared any more: since when the platform is asked to remove what it has, and when it had. */
  readonly withdrawal: { readonly sealedAt: string; readonly doneAt: string | null } | null;
}

/** A key is told masked, as its items ask. */
export interface ReconciliationStatus extends Omit<
  ReconciliationOutcome,
  "keys" | "stamp" | "held"
> {
  readonly at: string;
  readonly keys: readonly RepairedKey[];
  /** Deletions that the guard holds; null when it holds none. */
  readonly heldDeletes: number | null;
}

/** Whether nothing uncommitted can be missed, else why; and who holds the position back since when. */
export type HorizonStatus = Pick<StoredHorizon, "exact" | "because" | "heldBy">;

/** As of the last page that was read; bytes are null where the source does not tell, or has no limit. */
export interface FeedStatus {
  readonly asOf: string;
  /** Since when there may be something that was not read. */
  readonly readToEndAt: string | null;
  readonly keptBytes: number | null;
  readonly limitBytes: number | null;
}

export function siteStatus(config: SiteConfig, outbox: Outbox): SiteStatus {
  const streams = outbox.streams();
  const pipelines = config.pipelines.map((pipeline) => {
    const stream = streams.find(
      (row) =>
        row.stream.pipeline === pipeline.name &&
        row.stream.resource === pipeline.resource.identifier,
    );
    const state = readPipelineState(outbox.store, pipeline.name);
    return { pipeline, state, stream };
  });
  const issues = siteIssues(config, outbox, pipelines);
  const { batches, bytes } = outbox.waiting();
  return {
    verdict: issues.length === 0 ? "ok" : "attention",
    issues,
    pipelines: pipelines.map(({ pipeline, state, stream }) =>
      pipelineStatus(pipeline, state, stream, outbox),
    ),
    sources: sourceStatuses(config, outbox.store),
    outbox: {
      waitingBatches: batches,
      waitingBytes: bytes,
      maxBytes: outbox.store.limits.maxBytes,
    },
  };
}

function pipelineStatus(
  config: PipelineConfig,
  state: PipelineState,
  stream: StreamStatus | undefined,
  outbox: Outbox,
): PipelineStatus {
  const { name, resource, mode, source } = config;
  const waiting =
    stream === undefined
      ? 0
      : stream.batches.sealed + stream.batches.handed + stream.batches.reseal;
  const now = outbox.store.world.clock.now();
  const iso = (at: number | null): string | null =>
    at === null ? null : new Date(at).toISOString();
  const oldest =
    stream === undefined || waiting === 0
      ? undefined
      : outbox.batches({ stream: stream.stream, state: "sealed", limit: 1 })[0];
  const asOf = oldest?.sealedAt ?? state.lastSuccessAt;
  const { withdrawal } = readWithholding(outbox.store, name);
  return {
    name,
    resource: resource.identifier,
    state: stateOf(state),
    position: shownPosition(config, state),
    horizon: mode === "cursor" ? horizonStatus(state, source, now) : null,
    feed:
      mode !== "native" || state.feedReport === null
        ? null
        : {
            asOf: new Date(state.feedReport.at).toISOString(),
            readToEndAt: iso(state.feedReport.readToEndAt),
            keptBytes: state.feedReport.keptBytes,
            limitBytes: state.feedReport.limitBytes,
          },
    lagSeconds: asOf === null ? null : Math.max(0, Math.round((now - asOf) / 1000)),
    waitingBatches: waiting,
    quarantined: outbox.quarantine.count(name),
    lastError: state.lastError,
    lastRunAt: iso(state.lastRunAt),
    lastSuccessAt: iso(state.lastSuccessAt),
    reconciliation: reconciliationStatus(config, outbox),
    withdrawal:
      withdrawal === null
        ? null
        : { sealedAt: new Date(withdrawal.sealedAt).toISOString(), doneAt: iso(withdrawal.doneAt) },
  };
}

/** Keys of the last reconciliation that a status shows. */
const SHOWN_KEYS = 20;

function reconciliationStatus(
  { name, resource }: PipelineConfig,
  { store }: Outbox,
): ReconciliationStatus | null {
  const { doneAt = null, outcome = null } = readReconciliation(store, name) ?? {};
  if (doneAt === null || outcome === null) return null;
  const { keys, stamp: _, held, ...rest } = outcome;
  const shown = keys
    .slice(0, SHOWN_KEYS)
    .map((each) => ({ ...each, key: maskedKey(each.key, resource.items) }));
  return {
    ...rest,
    at: new Date(doneAt).toISOString(),
    keys: shown,
    heldDeletes: held?.deletes ?? null,
  };
}

/** Where a poll by a change column stands; as discreet as the item that the column feeds. */
function shownPosition(
  { mode, cursor, map, resource }: PipelineConfig,
  { position }: PipelineState,
): string | null {
  if (mode !== "cursor" || position === null) return null;
  const value = String(position[0]);
  const mapping = map.find(({ from }) => "column" in from && from.column === cursor);
  const item = resource.items.find(({ identifier }) => identifier === mapping?.item);
  return item === undefined ? value : maskValue(item, value);
}

/** Transactions are open at every moment; one that is open for longer than this is worth a word. */
const HELD_WORTH_TELLING_MS = 60_000;

function horizonStatus(
  { horizon }: PipelineState,
  { offset }: SourceConfig,
  now: number,
): HorizonStatus | null {
  if (horizon === null) return null;
  const { exact, because, heldBy } = horizon;
  const heldMs =
    heldBy === undefined ? 0 : now - Date.parse(`${heldBy.since.replace(" ", "T")}${offset}`);
  return {
    exact,
    ...(because === undefined ? {} : { because }),
    ...(heldBy === undefined || heldMs < HELD_WORTH_TELLING_MS ? {} : { heldBy }),
  };
}

function stateOf(state: PipelineState): PipelineStatus["state"] {
  if (state.paused) return "paused";
  if (state.guard !== null) return "held";
  if (state.lastError !== null || state.replaced?.aborted !== undefined) return "failed";
  if (state.lastRunAt === null) return "waiting";
  return state.fullPass ? "loading" : "running";
}
