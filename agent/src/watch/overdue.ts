import { openingIn } from "../care/time-window.ts";
import type { PipelineConfig } from "../config/site-config.ts";
import { nextRun } from "../scheduler/cron.ts";
import type { PipelineView, SiteView } from "./site-view.ts";

/** An agent notes that it lives once a minute. */
const SILENT_AFTER_MS = 5 * 60_000;
/** After an error a pipeline rests for this long at most. */
const LONGEST_REST_MS = 15 * 60_000;

/** No agent runs here, as far as is known. */
export const isSilent = ({ now, agent }: Pick<SiteView, "now" | "agent">): boolean =>
  agent === undefined || now - agent.aliveAt > SILENT_AFTER_MS;

/** When a pipeline was due that has not run though it should have long ago; undefined when all is well with it. */
export function overdueAt(view: SiteView, pipeline: PipelineView): number | undefined {
  const { now, limits, agent } = view;
  const { config, facts, paused, lastRunAt, lastError } = pipeline;
  if (paused || isClosed(view, config)) return undefined;
  if (!isSilent(view) && isUnderWay(view, pipeline)) return undefined;
  const since = isSilent(view) ? 0 : (agent?.presentSince ?? 0);
  const base = Math.max(lastRunAt ?? 0, facts.heldAt ?? 0, since);
  if (base === 0) return undefined;
  const planned = dueAfter(view, config, base);
  if (planned === undefined) return undefined;
  // A run that took longer than its distance is followed by the next when it has ended.
  const due = Math.max(planned, endedAt(pipeline));
  const rest = lastError === null ? 0 : LONGEST_REST_MS;
  return now - due > limits.overdueAfterMs + config.jitterMs + rest ? due : undefined;
}

/**
 * It is reading, or waits for its turn while another reads from the same source and gets answers. A run whose source
 * answers nothing is not overdue but stalled.
 */
function isUnderWay(
  { now, limits, pipelines }: SiteView,
  { config, facts }: PipelineView,
): boolean {
  if (facts.run === null) return false;
  if (facts.run.isReading) return true;
  return pipelines.some(
    ({ config: { source }, facts: { run } }) =>
      source.name === config.source.name &&
      run?.isReading === true &&
      now - run.answeredAt < limits.stalledAfterMs,
  );
}

const endedAt = ({ lastSuccessAt, lastError }: PipelineView): number =>
  Math.max(lastSuccessAt ?? 0, lastError?.at ?? 0);

/** When a pipeline is due after a moment; undefined when it has no schedule. */
export function dueAfter(
  { timeZone }: Pick<SiteView, "timeZone">,
  { everyMs, schedule }: PipelineConfig,
  at: number,
): number | undefined {
  if (everyMs !== undefined) return at + everyMs;
  return schedule === undefined ? undefined : nextRun(schedule, timeZone, at);
}

/** Its source may not be read now. */
export const isClosed = (
  { now, timeZone }: Pick<SiteView, "now" | "timeZone">,
  { source }: PipelineConfig,
): boolean => openingIn(source.windows, timeZone, { now: () => now }).closedMs() !== undefined;
