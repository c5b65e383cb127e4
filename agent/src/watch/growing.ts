import type { Rate } from "../state/watch-facts.ts";
import type { Alarm } from "./alarms.ts";
import { behindMs, bearableMs } from "./behind.ts";
import type { PipelineView, SiteView } from "./site-view.ts";

/** Samples in a row, a sixth of the bearable time apart, each worse than the one before. */
const WORSE_SAMPLES = 3;
/** An hour, and room for a sample that came late. */
const GROWTH_WINDOW_MS = 75 * 60_000;
/** What a source gave last is compared with what it gave before. */
const LAST_RATES = 5;
const LEAST_USUAL_RATES = 10;
/** What was measured earlier says nothing of now; a daily run is within it. */
const RATES_OLD_MS = 26 * 3_600_000;

const MINUTE_MS = 60_000;

/** The platform's copy falls further and further behind. */
export function lagging(view: SiteView, pipeline: PipelineView): readonly Alarm[] {
  const { facts, isLoading, stream, config } = pipeline;
  const last = facts.samples.slice(-WORSE_SAMPLES);
  const now = behindMs(view, pipeline);
  const course = [...last.map((sample) => sample.behindMs), now];
  const grows = course.every((each, index) => index === 0 || each > (course[index - 1] ?? 0));
  const isKnown = last.length === WORSE_SAMPLES && !isLoading;
  const isFree = last.every(({ at, isLoading: was }) => !was && at > (facts.heldAt ?? 0));
  if (!isKnown || !isFree || !grows || now <= bearableMs(view, pipeline)) return [];
  const details = {
    pipeline: config.name,
    lagMinutes: Math.round(now / MINUTE_MS),
    batches: stream?.batches.sealed ?? 0,
  };
  return [{ pipeline: config.name, code: "QZ_LAG_GROWS", details }];
}

/** Many records were refused within an hour. What a first load refuses is shown by the quarantine itself. */
export function refusing(view: SiteView, pipeline: PipelineView): readonly Alarm[] {
  const { now, limits } = view;
  const { facts, quarantined, isLoading, config } = pipeline;
  const recent = facts.samples.filter(
    (sample) => !sample.isLoading && now - sample.at <= GROWTH_WINDOW_MS,
  );
  const least = recent.toSorted((a, b) => a.quarantined - b.quarantined || b.at - a.at)[0];
  if (least === undefined || isLoading) return [];
  const count = quarantined - least.quarantined;
  if (count < limits.quarantineGrowth) return [];
  const minutes = Math.max(1, Math.round((now - least.at) / MINUTE_MS));
  const details = { pipeline: config.name, count, minutes, total: quarantined };
  return [{ pipeline: config.name, code: "QZ_QUARANTINE_GROWS", details }];
}

/** Sources that give fewer rows in the same time than usual: said once each, of the pipeline that it is worst for. */
export function slower({ now, limits, pipelines }: SiteView): readonly Alarm[] {
  const worst = new Map<string, { readonly share: number; readonly alarm: Alarm }>();
  for (const { config, facts, paused } of pipelines) {
    const [last, usual] = [facts.rates.slice(-LAST_RATES), facts.rates.slice(0, -LAST_RATES)];
    const newest = last.at(-1);
    if (paused || newest === undefined || now - newest.at > RATES_OLD_MS) continue;
    if (usual.length < LEAST_USUAL_RATES) continue;
    const [rowsPerSecond, before] = [median(last), median(usual)];
    const share = rowsPerSecond / before;
    const source = config.source.name;
    if (share > 1 - limits.slowdownPercent / 100 || share >= (worst.get(source)?.share ?? 1))
      continue;
    const details = { pipeline: config.name, source, rowsPerSecond, before };
    worst.set(source, {
      share,
      alarm: { pipeline: config.name, code: "QZ_SOURCE_SLOWER", details },
    });
  }
  return [...worst.values()].map(({ alarm }) => alarm);
}

function median(rates: readonly Rate[]): number {
  const sorted = rates.map(({ rowsPerSecond }) => rowsPerSecond).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
