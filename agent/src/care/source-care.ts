import { QianzhiError, type World } from "@qianzhi/sdk";
import type { SourceConfig } from "../config/site-config.ts";
import { zonedTime } from "../scheduler/zone-offset.ts";
import { pageSize, type PageSize } from "./page-size.ts";
import { sourceLoad, type LoadReport } from "./source-load.ts";
import { openingIn } from "./time-window.ts";

/** What all connections to one source have in common: when it may be asked, how soon again, and what it has been asked. */
export interface SourceCare {
  /** QZ_OUTSIDE_WINDOW while the source may not be read; undefined while it may. */
  closed(): QianzhiError | undefined;
  /** Waits until the source may be read, or the signal aborts. */
  opened(signal: AbortSignal): Promise<void>;
  /** Waits while the source rests from a slow answer or for its row rate, or until the signal aborts. */
  rested(signal: AbortSignal): Promise<void>;
  /** A statement was answered, or refused. */
  note(statement: { readonly ms: number; readonly rows: number }): void;
  pages(pipeline: string, maxRows: number): PageSize;
  report(): LoadReport;
}

/**
 * A source that takes longer than its target is left alone for as long again as it took too long: a statement of ten
 * seconds is followed by nine and a half of rest, so that a slow source is busy with us half of the time at most.
 */
const REST_RATIO = 1;
/** Beyond it a rest is of no more use to the source, and changes arrive late. */
const MAX_REST_MS = 60_000;
/** Unused row rate is saved up this long. */
const RATE_SAVED_MS = 1_000;
/** Waits for a window are cut to this, so that a wall clock that is set is noticed soon. */
const LONGEST_SLEEP_MS = 30_000;

/** @param onNote Called after each statement. */
export function sourceCare(
  config: SourceConfig,
  timeZone: string,
  world: World,
  onNote: () => void = () => undefined,
): SourceCare {
  const { clock, timers, log } = world;
  const { name, windows, statementTargetMs: targetMs, maxRowsPerSecond } = config;
  const opening = openingIn(windows, timeZone, clock);
  const load = sourceLoad(clock);
  const pages = new Map<string, PageSize>();
  let slowUntil = clock.monotonic();
  let rateFrom = clock.monotonic();

  const closed = (): QianzhiError | undefined => {
    const closedMs = opening.closedMs();
    if (closedMs === undefined) return undefined;
    const opens = zonedTime(timeZone, clock.now() + closedMs);
    return new QianzhiError("QZ_OUTSIDE_WINDOW", { source: name, opens });
  };

  return {
    closed,
    async opened(signal) {
      const closedMs = opening.closedMs();
      if (closedMs === undefined) return;
      log.info("source outside its window", { source: name, ...closed()?.details });
      for (let waitMs: number | undefined = closedMs; waitMs !== undefined && !signal.aborted;) {
        await timers.sleep(Math.min(waitMs, LONGEST_SLEEP_MS), signal);
        waitMs = opening.closedMs();
      }
    },
    async rested(signal) {
      for (;;) {
        const now = clock.monotonic();
        const [slowMs, rateMs] = [slowUntil - now, rateFrom - now];
        const waitMs = Math.max(slowMs, rateMs);
        if (waitMs <= 0 || signal.aborted) return;
        await timers.sleep(waitMs, signal);
        const waited = clock.monotonic() - now;
        load.add(slowMs >= rateMs ? { slowRestMs: waited } : { rateRestMs: waited });
      }
    },
    note({ ms, rows }) {
      const now = clock.monotonic();
      load.add({ statements: 1, rows, busyMs: ms });
      if (ms > targetMs)
        slowUntil = Math.max(slowUntil, now + Math.min(MAX_REST_MS, (ms - targetMs) * REST_RATIO));
      if (maxRowsPerSecond !== undefined)
        rateFrom = Math.max(rateFrom, now - RATE_SAVED_MS) + (rows / maxRowsPerSecond) * 1000;
      onNote();
    },
    pages(pipeline, maxRows) {
      const known = pages.get(pipeline) ?? pageSize({ maxRows, targetMs });
      pages.set(pipeline, known);
      return known;
    },
    report: () => ({
      ...load.report(),
      pageRows: Object.fromEntries([...pages].map(([pipeline, { rows }]) => [pipeline, rows])),
    }),
  };
}
