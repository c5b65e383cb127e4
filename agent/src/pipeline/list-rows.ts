import { QianzhiError } from "@qianzhi/sdk";
import type { RawRow } from "@qianzhi/sdk";
import type { PipelineRun } from "./pipeline-run.ts";

/** All rows of a pipeline's relation in one statement, in no order, page by page. Stopping early is fine. */
export async function* listRows(
  run: Pick<PipelineRun, "source" | "request" | "relationName" | "signal">,
): AsyncGenerator<readonly RawRow[], void> {
  const { source, relationName, signal } = run;
  const { relation, columns, where } = run.request;
  if (source.list === undefined)
    throw new QianzhiError("QZ_ADAPTER_FAULT", { name: relationName, operation: "list" });
  for await (const { rows } of source.list(relation, columns, signal, where)) {
    if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "list" });
    yield rows;
  }
}
