import type { PositionValue, RawRow } from "@qianzhi/sdk";
import type { PipelineRun, Position } from "./pipeline-run.ts";
import { toPosition } from "./row-text.ts";

/** So few that reading them costs nothing, so many that they are not all deleted by chance. */
const WITNESSES = 16;

/** The rows that the position passed last, after those of a page. */
export function withWitnesses(
  run: PipelineRun,
  witnesses: readonly Position[],
  rows: readonly RawRow[],
): readonly Position[] {
  const places = orderPlaces(run);
  const last = rows.slice(-WITNESSES).map((row) => orderValues(row, places));
  return [...witnesses, ...last].slice(-WITNESSES);
}

/**
 * Whether the source was set back behind the position, by a backup that was restored or a clock that repeats: a row that
 * was read has a lower stamp now, or none of the last rows is there any more. Whatever was written since the backup has no
 * newer stamp then, and no poll would show it.
 */
export async function isRestored(run: PipelineRun): Promise<boolean> {
  const { witnesses } = run.state;
  const { key } = run.config;
  const places = orderPlaces(run);
  const keyAt = key.map((name) => run.request.order.indexOf(name));
  const keyOf = (values: Position): readonly PositionValue[] =>
    keyAt.flatMap((at) => values[at] ?? []);
  const stamps = new Map(witnesses.map((values) => [JSON.stringify(keyOf(values)), values[0]]));
  if (stamps.size === 0) return false;
  const page = await run.source.scan?.(
    {
      relation: run.request.relation,
      columns: run.request.columns,
      order: run.request.order,
      keys: {
        columns: key,
        values: [...stamps.keys()].map((text) => JSON.parse(text) as Position),
      },
      pageRows: WITNESSES,
    },
    run.signal,
  );
  const rows = (page?.rows ?? []).map((row) => orderValues(row, places));
  if (rows.length === 0) return stamps.size === WITNESSES;
  return rows.some((values) => isLower(values[0], stamps.get(JSON.stringify(keyOf(values)))));
}

const orderPlaces = ({ request }: PipelineRun): readonly number[] =>
  request.order.map((name) => request.columns.findIndex((column) => column.name === name));

const orderValues = (row: RawRow, places: readonly number[]): Position =>
  places.flatMap((place) => toPosition(row[place] ?? null) ?? []);

const stamp = /^(?:\d+|\d{4}-\d\d-\d\d[\d:. ]*)$/;

/** Only where it is sure: numbers, and texts of one length such as stamps, which order alike everywhere. */
export function isLower(
  now: PositionValue | undefined,
  before: PositionValue | undefined,
): boolean {
  if (typeof now === "number" && typeof before === "number") return now < before;
  if (typeof now !== "string" || typeof before !== "string") return false;
  return now.length === before.length && stamp.test(now) && now < before;
}
