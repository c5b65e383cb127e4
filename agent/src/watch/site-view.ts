import type { LedgerExtent, Outbox, StreamStatus } from "@qianzhi/exchange";
import type {
  AlarmLimits,
  LedgerConfig,
  PipelineConfig,
  SiteConfig,
} from "../config/site-config.ts";
import type { FeedReport, StoredError } from "../state/pipeline-state.ts";
import { readReconciliationTimes } from "../state/reconciliations.ts";
import { readSourceMark, type SourceMark } from "../state/source-mark.ts";
import {
  readWatchFacts,
  type AgentFacts,
  type PipelineFacts,
  type TargetFacts,
} from "../state/watch-facts.ts";

/** All that alarms are made of, as it stands in the store: any process sees the same. */
export interface SiteView {
  readonly now: number;
  readonly timeZone: string;
  readonly limits: AlarmLimits;
  readonly agent: AgentFacts | undefined;
  readonly target: TargetFacts | undefined;
  readonly ledger: LedgerExtent & LedgerConfig;
  readonly pipelines: readonly PipelineView[];
}

export interface PipelineView {
  readonly config: PipelineConfig;
  readonly facts: PipelineFacts;
  readonly paused: boolean;
  /** The delete guard waits for a person. */
  readonly held: boolean;
  readonly isLoading: boolean;
  readonly lastRunAt: number | null;
  readonly lastSuccessAt: number | null;
  readonly lastError: StoredError | null;
  readonly stream: StreamStatus | undefined;
  /** When the oldest batch that was not sent yet was sealed. */
  readonly oldestSealedAt: number | undefined;
  readonly quarantined: number;
  readonly mark: SourceMark | undefined;
  readonly reconciledAt: number | null;
  /** Mode native: how far its feed was read; null before the first time. */
  readonly feed: FeedReport | null;
}

interface StateRow {
  readonly name: string;
  readonly paused: number;
  readonly held: number;
  readonly loading: number;
  readonly last_run_at: number | null;
  readonly last_success_at: number | null;
  readonly last_error: string | null;
  readonly feed_report: string | null;
}

export function viewOf(config: SiteConfig, outbox: Outbox): SiteView {
  const { database, world } = outbox.store;
  const facts = readWatchFacts(database);
  const streams = outbox.streams();
  const states = new Map(
    database
      .prepare<StateRow>(
        `SELECT name, paused, guard IS NOT NULL AS held, full_pass OR resync AS loading,
           last_run_at, last_success_at, last_error, feed_report FROM pipeline`,
      )
      .all()
      .map((row) => [row.name, row]),
  );
  return {
    now: world.clock.now(),
    timeZone: config.timeZone,
    limits: config.alarms,
    agent: facts.agent,
    target: facts.target,
    ledger: { ...outbox.ledger.extent(), ...config.ledger },
    pipelines: config.pipelines.map((pipeline): PipelineView => {
      const { name, resource } = pipeline;
      const state = states.get(name);
      const stream = streams.find(
        (each) => each.stream.pipeline === name && each.stream.resource === resource.identifier,
      );
      return {
        config: pipeline,
        facts: facts.pipeline(name),
        paused: state?.paused === 1,
        held: state?.held === 1,
        isLoading: state?.loading !== 0,
        lastRunAt: state?.last_run_at ?? null,
        lastSuccessAt: state?.last_success_at ?? null,
        lastError: state?.last_error ? (JSON.parse(state.last_error) as StoredError) : null,
        stream,
        oldestSealedAt: stream === undefined ? undefined : oldestSealedAt(outbox, stream),
        quarantined: outbox.quarantine.count(name),
        mark: readSourceMark(outbox.store, name),
        reconciledAt: readReconciliationTimes(outbox.store, name)?.doneAt ?? null,
        feed: pipeline.mode === "native" ? feedReport(state?.feed_report) : null,
      };
    }),
  };
}

const feedReport = (text: string | null | undefined): FeedReport | null =>
  text ? (JSON.parse(text) as FeedReport) : null;

const oldestSealedAt = (outbox: Outbox, { stream, batches }: StreamStatus): number | undefined =>
  batches.sealed === 0
    ? undefined
    : outbox.batches({ stream, state: "sealed", limit: 1 })[0]?.sealedAt;
