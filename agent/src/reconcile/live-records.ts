import type { RawRow } from "@qianzhi/sdk";
import type { Evaluation } from "../pipeline/evaluate.ts";
import { extract, readAhead } from "../pipeline/extract.ts";
import { listRows } from "../pipeline/list-rows.ts";
import { collision } from "../pipeline/page-changes.ts";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";

/** A row that counts as shared, as its pipeline sees it. */
export interface LiveRecord extends Pick<Evaluation, "key" | "text" | "reasons"> {
  readonly row: RawRow;
}

/** Every row of a pipeline's relation that is not flagged as deleted, once, mapped and checked. In no order that means anything. */
export async function* liveRecords(run: PipelineRun): AsyncGenerator<LiveRecord, void> {
  for await (const row of liveRows(run)) yield { row, ...judged(run, row) };
}

/** One that shares its record key with another row is refused. */
export function judged(run: PipelineRun, row: RawRow): Omit<LiveRecord, "row"> {
  const { key, text, reasons } = run.evaluate(row);
  const isContested = key !== null && text !== null && (run.claims?.claimants(key).length ?? 0) > 1;
  return isContested
    ? { key, text: null, reasons: collision(null, key, text).reasons }
    : { key, text, reasons };
}

async function* liveRows(run: PipelineRun): AsyncGenerator<RawRow, void> {
  if (run.config.mode === "replace") {
    for await (const rows of listRows(run)) yield* rows;
    return;
  }
  const { source, signal, relationName: relation } = run;
  // The order of the key alone: a cursor would move rows about while they are read.
  const request = { ...run.request, order: run.config.key };
  for await (const page of readAhead(extract({ source, signal, relation, request })))
    for (const [index, row] of page.rows.entries()) if (page.deleted?.[index] !== 1) yield row;
}
