import type { RawRow, RelationDescription, ScanRequest } from "@qianzhi/sdk";
import { findColumn } from "./map.ts";
import { forgetEarly } from "./overlap.ts";
import type { RefusedRow } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/** Rows named at most in one run; the rest is still there at the next. */
const NULL_ROWS = 1_000;

/**
 * Rows with NULL in the cursor or key stand nowhere in the order: no page ever shows them. They are asked for on their
 * own, and quarantined by name, since a row that is merely not seen would be lost without a word.
 */
export async function readNulls(run: PipelineRun, description: RelationDescription): Promise<void> {
  const { config, request, source, signal } = run;
  const nullable = nullableColumns(run, description);
  if (nullable.length === 0 || source.scan === undefined) return;
  const page = await source.scan(nullsRequest(request, nullable), signal);
  const refused = page.rows.flatMap((row, index): RefusedRow[] => {
    const named = unstampedRow(run, row, page.deleted?.[index] === 1);
    return named === undefined ? [] : [named];
  });
  run.stage.sealNulls(refused, page.end, (named) => {
    // What was sent early of such a row no longer stands for it: a page that finds it as it was then must look at it.
    for (const { sourceKey } of named)
      if (sourceKey !== null) forgetEarly(run.store.database, config.name, run.keyed(sourceKey));
  });
}

/** A row that stands nowhere in the order, with the reason; undefined for a flagged one of which nothing was shared. */
export function unstampedRow(
  { config, evaluate, rules, sourceKey: keyOf }: PipelineRun,
  row: RawRow,
  isFlagged: boolean,
): RefusedRow | undefined {
  const { key, record = {} } = evaluate(row);
  // What was never shared needs no name; what was is still at the platform, and no page will show that it ended.
  if (isFlagged && (key === null || rules.wasSealed?.(key) !== true)) return undefined;
  const sourceKey = keyOf(row);
  const code = sourceKey === null ? "QZ_KEY_NULL" : "QZ_CURSOR_NULL";
  const columns = sourceKey === null ? config.key : [config.cursor ?? ""];
  return {
    sourceKey,
    key,
    record: isFlagged ? {} : record,
    reasons: [{ code, message: `NULL in ${columns.join(", ")}` }],
  };
}

/** The columns of the order that may hold NULL. */
export const nullableColumns = (
  { request, relationName }: PipelineRun,
  { columns }: RelationDescription,
): readonly string[] =>
  request.order.filter((name) => findColumn(columns, name, relationName).nullable);

export const nullsRequest = (
  request: PipelineRun["request"],
  nulls: readonly string[],
): ScanRequest => ({ ...request, order: [], nulls, pageRows: NULL_ROWS });
