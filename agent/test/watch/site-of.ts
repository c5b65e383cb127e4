import type { StreamStatus } from "@qianzhi/exchange";
import type { AlarmLimits, PipelineConfig } from "../../src/config/site-config.ts";
import type { PipelineFacts, StandingFailure } from "../../src/state/watch-facts.ts";
import { alarmsOf } from "../../src/watch/alarms.ts";
import type { PipelineView, SiteView } from "../../src/watch/site-view.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
/** Noon in Chongqing. */
export const now = Date.parse("2026-03-02T12:00:00+08:00");
export const ago = (minutes: number): number => now - minutes * minuteMs;

export const limits: AlarmLimits = {
  overdueAfterMs: 10 * minuteMs,
  stalledAfterMs: 30 * minuteMs,
  lagAfterMs: 30 * minuteMs,
  waitingAfterMs: 10 * minuteMs,
  quarantineGrowth: 100,
  slowdownPercent: 75,
};

export interface PipelineParts extends Partial<Omit<PipelineView, "config" | "facts" | "stream">> {
  readonly config?: Partial<Omit<PipelineConfig, "source">>;
  readonly windows?: readonly { readonly from: number; readonly until: number }[];
  readonly source?: string;
  readonly facts?: Partial<PipelineFacts>;
  readonly stream?: { readonly sealed: number; readonly lastReceiptAt?: number };
}

/** A pipeline that is well: every ten seconds it runs, and it ran just now. */
function pipelineOf(parts: PipelineParts = {}): PipelineView {
  const { config, windows = [], source = "legacy", facts, stream, ...state } = parts;
  return {
    paused: false,
    held: false,
    isLoading: false,
    lastRunAt: ago(0.1),
    lastSuccessAt: ago(0.1),
    lastError: null,
    oldestSealedAt: undefined,
    quarantined: 0,
    mark: undefined,
    reconciledAt: null,
    feed: null,
    ...state,
    config: {
      name: "people",
      everyMs: 10_000,
      jitterMs: 0,
      relation: { table: ["hr", "person"] },
      source: { name: source, windows },
      ...config,
    } as PipelineConfig,
    facts: { run: null, heldAt: null, delivery: null, samples: [], rates: [], ...facts },
    stream:
      stream === undefined
        ? undefined
        : ({
            batches: { sealed: stream.sealed, handed: 0, reseal: 0 },
            lastReceiptAt: stream.lastReceiptAt,
          } as StreamStatus),
  };
}

export const ledgerLimits = { keepMs: 400 * 24 * hourMs, maxBytes: 1024 ** 3 };

/** A site whose agent has been here for a day. */
export const siteOf = (
  pipelines: readonly (PipelineParts | undefined)[],
  more: Partial<SiteView> = {},
): SiteView => ({
  now,
  timeZone: "Asia/Shanghai",
  limits,
  agent: { presentSince: now - 24 * hourMs, aliveAt: ago(1) },
  target: { failure: null, at: ago(1) },
  ledger: { bytes: 1_000, since: ago(60), ...ledgerLimits },
  pipelines: pipelines.map(pipelineOf),
  ...more,
});

export const codes = (view: SiteView): readonly string[] =>
  alarmsOf(view).map(({ pipeline, code }) => (pipeline === null ? code : `${pipeline} ${code}`));

export const failure = (minutes: number, code: StandingFailure["code"]): StandingFailure => ({
  code,
  details: { address: "https://exchange" },
  since: ago(minutes),
});
