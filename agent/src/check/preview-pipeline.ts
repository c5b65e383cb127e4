import type { JsonRecord, RefusalReason } from "@qianzhi/sdk";
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
  const page = await run.source.scan?.(
    { ...run.request, order: run.config.key, pageRows: count },
    run.signal,
  );
  return (page?.rows ?? []).map((row, index) => {
    const { text, record, reasons } = run.evaluate(row);
    return {
      record: record ?? (JSON.parse(text ?? "{}") as JsonRecord),
      reasons,
      deleted: page?.deleted?.[index] === 1,
    };
  });
}
