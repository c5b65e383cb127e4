import { QianzhiError } from "@qianzhi/sdk";
import type { Column, Horizon, PositionValue } from "@qianzhi/sdk";
import type { PipelineRun } from "./pipeline-run.ts";

/** True for a cursor whose bound the source tells: stamps, and bytes in which it numbers changes itself. Others count. */
export const isTold = ({ type }: Column): boolean =>
  type === "datetime" || type === "instant" || type === "date" || type === "binary";

/** The bound of one poll, and what the next one needs to know of it. */
export interface PollHorizon extends Horizon {
  readonly memory: unknown;
}

/**
 * Below which stamp no uncommitted change can still appear. Where the adapter cannot tell: for times, the source's own
 * clock less the settle time, in whole steps of the cursor's resolution; for counters, the greatest value that was
 * there a settle time ago. Both are exact only for writers that commit within it.
 */
export async function horizonOf(run: PipelineRun, cursor: Column): Promise<PollHorizon> {
  const { source, request, config, signal, state } = run;
  const asked = {
    relation: request.relation,
    cursor: cursor.name,
    settleMs: config.settleMs,
    previous: state.horizon?.memory,
  };
  if (!isTold(cursor)) return counterHorizon(run, cursor);
  if (source.horizon !== undefined)
    return { memory: null, ...(await source.horizon(asked, signal)) };
  if (cursor.type === "binary") return counterHorizon(run, cursor);
  const probe = await source.probe(signal);
  return {
    below: earlier(probe.now, config.settleMs, cursor),
    exact: false,
    because: "unsupported",
    memory: null,
  };
}

/** A greatest value, and when it was seen there. */
interface Mark {
  readonly atMs: number;
  readonly value: PositionValue;
}

/** Marks kept: enough for polls much more frequent than the settle time. */
const MARKS = 32;

async function counterHorizon(run: PipelineRun, cursor: Column): Promise<PollHorizon> {
  const { source, request, config, signal, state, world } = run;
  if (source.maximum === undefined)
    throw new QianzhiError("QZ_CURSOR_TYPE", { column: cursor.name, type: cursor.native });
  const read = async (): Promise<Mark | undefined> => {
    const value = await source.maximum?.(request.relation, cursor.name, signal);
    return value === null || value === undefined ? undefined : { atMs: world.clock.now(), value };
  };
  const remembered = state.horizon?.memory;
  const earlierMarks = Array.isArray(remembered) ? (remembered as readonly Mark[]) : [];
  const newest = await read();
  // A clock that was set back makes marks of the future: they are of no use.
  const marks = [...earlierMarks, ...(newest === undefined ? [] : [newest])]
    .filter(({ atMs }) => atMs <= world.clock.now())
    .slice(-MARKS);
  const settled = (): Mark | undefined =>
    marks.filter(({ atMs }) => atMs <= world.clock.now() - config.settleMs).at(-1);
  // The very first poll waits once, since nothing is known of the past.
  if (settled() === undefined) await world.timers.sleep(config.settleMs, signal);
  const mark = settled() ?? marks[0];
  return {
    below: mark?.value ?? Number.MIN_SAFE_INTEGER,
    exact: false,
    because: "unsupported",
    memory: marks,
  };
}

/** `now` less the settle time, cut to the column's resolution, in the column's own raw form. */
function earlier(now: string, settleMs: number, cursor: Column): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(.*)$/.exec(now);
  if (match === null)
    throw new QianzhiError("QZ_ADAPTER_FAULT", { name: cursor.name, operation: "probe" });
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Whole milliseconds are enough here: the fraction beyond them is cut, which only moves the horizon down.
  const fractionMs = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const at = new Date(
    Date.UTC(year, month - 1, day, hour, minute, second, fractionMs) - settleMs,
  ).toISOString();
  if (cursor.type === "date") return at.slice(0, 10);
  const digits = Math.min(cursor.fraction ?? 0, 3);
  const text = `${at.slice(0, 10)} ${at.slice(11, 19)}${digits === 0 ? "" : at.slice(19, 20 + digits)}`;
  return cursor.type === "instant" ? `${text}${match[8] ?? ""}` : text;
}
