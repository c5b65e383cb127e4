import type { Outbox, StreamStatus } from "@qianzhi/exchange";
import { maskValue, type ErrorCode } from "@qianzhi/sdk";
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
import { lastKeptAside } from "./kept-aside.ts";
import { sourceStatuses, type SourceStatus } from "./source-status.ts";

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

export interface StatusIssue {
  /** Null: of the site as a whole. */
  readonly pipeline: string | null;
  readonly code:
    | ErrorCode
    | "QUARANTINED"
    | "PAUSED"
    | "NEVER_RAN"
    | "WAITING"
    | "RECONCILIATION_OWED"
    | "STORE_KEPT_ASIDE";
  readonly details: Readonly<Record<string, unknown>>;
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
    return {
      status: pipelineStatus(pipeline, state, stream, outbox),
      issues: issuesOf(pipeline, state, stream, outbox),
    };
  });
  const aside = lastKeptAside(outbox.store);
  const issues: readonly StatusIssue[] = [
    ...(aside === null
      ? []
      : [{ pipeline: null, code: "STORE_KEPT_ASIDE" as const, details: { ...aside } }]),
    ...pipelines.flatMap((pipeline) => pipeline.issues),
  ];
  const { batches, bytes } = outbox.waiting();
  return {
    verdict: issues.length === 0 ? "ok" : "attention",
    issues,
    pipelines: pipelines.map(({ status }) => status),
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
  const { keys, stamp: _, held: __, ...rest } = outcome;
  const shown = keys
    .slice(0, SHOWN_KEYS)
    .map((each) => ({ ...each, key: maskedKey(each.key, resource.items) }));
  return { ...rest, at: new Date(doneAt).toISOString(), keys: shown };
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

/** Batches that wait longer than this are worth a look. */
const WAITING_TOO_LONG_MS = 10 * 60_000;

function issuesOf(
  { name, maxQuarantined }: PipelineConfig,
  state: PipelineState,
  stream: StreamStatus | undefined,
  outbox: Outbox,
): readonly StatusIssue[] {
  const issues: StatusIssue[] = [];
  const add = (code: StatusIssue["code"], details: StatusIssue["details"] = {}): void =>
    void issues.push({ pipeline: name, code, details });
  if (state.guard !== null)
    add("QZ_DELETE_GUARD", {
      pipeline: name,
      before: state.guard.before,
      deletes: state.guard.deletes,
      samples: state.guard.samples,
    });
  else if (state.lastError !== null) add(state.lastError.code, state.lastError.details);
  else if (state.replaced?.aborted !== undefined)
    add("QZ_GENERATION_ABORTED", {
      pipeline: name,
      count: state.replaced.count,
      ...state.replaced.aborted,
    });
  const { outcome, error } = readReconciliation(outbox.store, name) ?? {};
  const { held } = outcome ?? {};
  if (error !== undefined && error !== null) add(error.code, error.details);
  if (held !== undefined && state.guard === null)
    add("QZ_DELETE_GUARD", {
      pipeline: name,
      before: held.before,
      deletes: held.deletes,
      samples: held.samples,
    });
  if (state.paused) add("PAUSED");
  else if (state.lastRunAt === null && state.lastError === null) add("NEVER_RAN");
  const quarantined = outbox.quarantine.count(name);
  const [oldestEntry] = outbox.quarantine.list({ pipeline: name, limit: 1 });
  // What the platform refuses is kept beyond the limit, too: nothing of it may be lost.
  if (
    quarantined > 0 &&
    quarantined >= maxQuarantined &&
    state.lastError?.code !== "QZ_QUARANTINE_FULL"
  )
    add("QZ_QUARANTINE_FULL", { pipeline: name, limit: maxQuarantined });
  if (oldestEntry !== undefined)
    add("QUARANTINED", {
      count: quarantined,
      since: new Date(oldestEntry.openedAt).toISOString(),
    });
  if (stream?.owed !== undefined) add("RECONCILIATION_OWED", { reason: stream.owed.reason });
  const oldest =
    stream === undefined
      ? undefined
      : outbox.batches({ stream: stream.stream, state: "sealed", limit: 1 })[0];
  if (
    oldest !== undefined &&
    outbox.store.world.clock.now() - oldest.sealedAt > WAITING_TOO_LONG_MS
  )
    add("WAITING", { batches: stream?.batches.sealed ?? 0 });
  return issues;
}
