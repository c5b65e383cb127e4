import type { JsonRecord, RawRow, RefusalReason } from "@qianzhi/sdk";
import { listRows } from "../pipeline/list-rows.ts";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";

export interface PreviewedRow {
  readonly record: JsonRecord;
  /** Flagged as deleted in the source. */
  readonly deleted: boolean;
  /** Why it would be refused; empty when it would be sent. */
  readonly reasons: readonly RefusalReason[];
}

/** The first rows of a pipeline as records. Sensitive values are in them: mask before anybody sees them. */
export async function previewPipeline(
  run: PipelineRun,
  count: number,
): Promise<readonly PreviewedRow[]> {
  if (run.config.mode === "replace") return previewListing(run, count);
  const page = await run.source.scan?.(
    { ...run.request, order: run.config.key, pageRows: count },
    run.signal,
  );
  return (page?.rows ?? []).map((row, index) => previewed(run, row, page?.deleted?.[index] === 1));
}

/** A listing that is read no further than needed. */
async function previewListing(run: PipelineRun, count: number): Promise<readonly PreviewedRow[]> {
  for await (const rows of listRows(run))
    if (rows.length > 0) return rows.slice(0, count).map((row) => previewed(run, row, false));
  return [];
}

function previewed(run: PipelineRun, row: RawRow, deleted: boolean): PreviewedRow {
  const { text, record, reasons } = run.evaluate(row);
  return { record: record ?? (JSON.parse(text ?? "{}") as JsonRecord), reasons, deleted };
}
