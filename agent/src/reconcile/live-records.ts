import type { RawRow, RefusalReason } from "@qianzhi/sdk";
import type { Evaluation } from "../pipeline/evaluate.ts";
import { extract, readAhead } from "../pipeline/extract.ts";
import { listRows } from "../pipeline/list-rows.ts";
import { keyCollision } from "../pipeline/page-changes.ts";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";

/** How a pipeline sees a row: one that shares its record key with another is refused, and one that no poll would show. */
export function judgeOf(run: PipelineRun): (row: RawRow) => Evaluation {
  const { config, request, claims } = run;
  const cursorAt = request.columns.findIndex(({ name }) => name === config.cursor);
  return (row) => {
    const { key, text, reasons } = run.evaluate(row);
    if (text === null || key === null) return { key, text, reasons };
    if (cursorAt >= 0 && row[cursorAt] === null)
      return { key, text: null, reasons: [withoutStamp(config.cursor ?? "")] };
    const isContested = claims !== undefined && claims.claimants(key).length > 1;
    return isContested ? { key, text: null, reasons: [keyCollision] } : { key, text, reasons };
  };
}

const withoutStamp = (cursor: string): RefusalReason => ({
  code: "QZ_CURSOR_NULL",
  message: `NULL in ${cursor}`,
});

/** Every row of a pipeline's relation that is not flagged as deleted, once, page by page, in no order that means anything. */
export async function* liveRows(run: PipelineRun): AsyncGenerator<readonly RawRow[], void> {
  if (run.config.mode === "replace") {
    yield* listRows(run);
    return;
  }
  const { source, signal, relationName: relation } = run;
  // The order of the key alone: a cursor would move rows about while they are read.
  const request = { ...run.request, order: run.config.key };
  const pages = extract({ source, signal, relation, request });
  for await (const { rows, deleted } of readAhead(pages, run.world.timers))
    yield deleted === undefined ? rows : rows.filter((_, place) => deleted[place] !== 1);
}
