import { describeError, errorTable, QianzhiError, type ErrorCode, type Worded } from "@qianzhi/sdk";
import type { StandingFailure } from "../state/watch-facts.ts";
import { lagging, refusing, slower } from "./growing.ts";
import { isClosed, isSilent, overdueAt } from "./overdue.ts";
import { piling } from "./piling.ts";
import type { PipelineView, SiteView } from "./site-view.ts";

/** Something that a person should look at though no pipeline has told of it as an error. */
export interface Alarm {
  /** Null: of the site as a whole. */
  readonly pipeline: string | null;
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A platform that is away for less than this is a matter of the network. */
const AWAY_AFTER_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

/**
 * What a watchdog sees. What explains others is said and they are not: an agent that does not run explains pipelines that
 * are overdue and batches that wait; a platform that is away, batches that wait and a copy that is behind; an error that a
 * pipeline has told, that it does not move.
 */
export function alarmsOf(view: SiteView): readonly Alarm[] {
  const { target, pipelines } = view;
  const silence = silent(view);
  const isAway = (target?.failure ?? null) !== null;
  return [
    ...silence,
    ...away(view),
    ...slower(view),
    ...short(view),
    ...pipelines.flatMap((pipeline) => {
      const stopped =
        silence.length > 0 ? [] : [...overdue(view, pipeline), ...stalled(view, pipeline)];
      const waiting = silence.length > 0 || isAway ? [] : stuck(view, pipeline);
      const isExplained =
        pipeline.paused ||
        pipeline.lastError !== null ||
        pipeline.facts.delivery !== null ||
        isAway ||
        [...silence, ...stopped, ...waiting].length > 0;
      return [
        ...stopped,
        ...waiting,
        ...(isExplained ? [] : lagging(view, pipeline)),
        ...refusing(view, pipeline),
        ...ahead(pipeline),
        ...piling(view, pipeline),
      ];
    }),
  ];
}

const iso = (at: number): string => new Date(at).toISOString();

/** No agent runs, and something would have to be done. Where none ever ran, commands alone do what is to be done. */
function silent(view: SiteView): readonly Alarm[] {
  if (!isSilent(view)) return [];
  const { now, limits, agent, pipelines } = view;
  const overdues = pipelines.filter((pipeline) => overdueAt(view, pipeline) !== undefined);
  const isLate = pipelines.some(
    ({ oldestSealedAt: at }) => at !== undefined && now - at > limits.waitingAfterMs,
  );
  if (overdues.length === 0 && (agent === undefined || !isLate)) return [];
  const since = agent?.aliveAt ?? Math.max(...overdues.map(({ lastRunAt }) => lastRunAt ?? 0));
  const batches = pipelines.reduce((sum, { stream }) => sum + (stream?.batches.sealed ?? 0), 0);
  const details = { since: iso(since), pipelines: overdues.length, batches };
  return [{ pipeline: null, code: "QZ_AGENT_SILENT", details }];
}

/** The platform cannot be reached or takes nothing, by what the agent has met last. */
function away({ now, limits, agent, target, pipelines }: SiteView): readonly Alarm[] {
  const failure = target?.failure;
  if (failure === undefined || failure === null) return [];
  // What stops an agent for good neither passes with time nor needs one that runs to be still so.
  if (errorTable[failure.code]?.recovery !== "stop") {
    const isTried = !isSilent({ now, agent });
    const isKnown = isTried || pipelines.some((each) => each.oldestSealedAt);
    // Where no agent tries again, what a `run --once` could not deliver stays so.
    const awayAfterMs = isTried ? Math.min(AWAY_AFTER_MS, limits.waitingAfterMs) : 0;
    if (!isKnown || now - failure.since < awayAfterMs) return [];
  }
  return [{ pipeline: null, code: failure.code, details: failure.details }];
}

/** Entries of the ledger went before their time, since there was no room for them. */
function short({ now, ledger }: SiteView): readonly Alarm[] {
  const { cutAt, since, keepMs, maxBytes } = ledger;
  if (cutAt === undefined || since === undefined || cutAt < now - keepMs) return [];
  const details = { since: iso(since), limit: maxBytes, days: Math.round(keepMs / DAY_MS) };
  return [{ pipeline: null, code: "QZ_LEDGER_SHORT", details }];
}

function overdue(view: SiteView, pipeline: PipelineView): readonly Alarm[] {
  const due = overdueAt(view, pipeline);
  if (due === undefined) return [];
  const { config, lastRunAt } = pipeline;
  const details = {
    pipeline: config.name,
    source: config.source.name,
    due: iso(due),
    last: lastRunAt === null ? { en: "never", zh: "无" } : iso(lastRunAt),
  };
  return [{ pipeline: config.name, code: "QZ_OVERDUE", details }];
}

function stalled(view: SiteView, { config, facts }: PipelineView): readonly Alarm[] {
  const { run, heldAt } = facts;
  if (run === null || !run.isReading || isClosed(view, config)) return [];
  const answeredAt = Math.max(run.answeredAt, heldAt ?? 0);
  if (view.now - answeredAt <= view.limits.stalledAfterMs) return [];
  const details = {
    pipeline: config.name,
    source: config.source.name,
    since: iso(run.startedAt),
    answered: iso(run.answeredAt),
  };
  return [{ pipeline: config.name, code: "QZ_RUN_STALLED", details }];
}

function ahead({ config, mark, paused, lastError, reconciledAt }: PipelineView): readonly Alarm[] {
  if (mark === undefined || mark.aheadSince === null || !mark.isConfirmed) return [];
  if (paused || lastError !== null || (reconciledAt ?? 0) > mark.aheadSince) return [];
  const name = "table" in config.relation ? config.relation.table.join(".") : "query";
  const details = {
    pipeline: config.name,
    name,
    column: mark.column,
    since: iso(mark.aheadSince),
  };
  return [{ pipeline: config.name, code: "QZ_SOURCE_AHEAD", details }];
}

function stuck(view: SiteView, pipeline: PipelineView): readonly Alarm[] {
  const { now, limits } = view;
  const { config, stream, oldestSealedAt, facts } = pipeline;
  if (stream === undefined || oldestSealedAt === undefined) return [];
  // What is taken in turn, one batch after the other, is not stuck, however much waits.
  const movedAt = Math.max(oldestSealedAt, stream.lastReceiptAt ?? 0);
  const isRefused = isSilent(view) && facts.delivery !== null;
  if (!isRefused && now - movedAt <= limits.waitingAfterMs) return [];
  const details = {
    pipeline: config.name,
    batches: stream.batches.sealed,
    since: iso(oldestSealedAt),
    problem: facts.delivery === null ? unknown : worded(facts.delivery),
  };
  return [{ pipeline: config.name, code: "QZ_BATCHES_WAITING", details }];
}

const unknown: Worded = { en: "nothing is known of why.", zh: "原因不明。" };

function worded({ code, details }: StandingFailure): Worded {
  const error = new QianzhiError(code, details);
  return {
    en: `${code} ${describeError(error, "en").message}`,
    zh: `${code} ${describeError(error, "zh").message}`,
  };
}
