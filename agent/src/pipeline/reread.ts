import { pointRead } from "./diff-deletes.ts";
import { pageChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/** Keys of one round of reading again. */
const ROUND = 500;

/** Source keys that somebody wants read again: nobody seals an old value on their behalf. */
export interface Nominations {
  /** Source key texts that are due now, at most `limit`. */
  due(limit: number): readonly string[];
  /** In the transaction that seals what was read. */
  done(sourceKeys: readonly string[]): void;
}

/**
 * Reads nominated rows again and seals what they are now, in the pipeline's own serial stage: an old value that a
 * repair carried along could otherwise overtake a newer one from a poll, and stay for ever.
 */
export async function rereadNominated(run: PipelineRun, nominations: Nominations): Promise<void> {
  for (;;) {
    const sourceKeys = nominations.due(ROUND);
    if (sourceKeys.length === 0) return;
    const { rows, deleted } = await pointRead(run, sourceKeys);
    const found = rows.map(run.sourceKey);
    const changes = pageChanges(
      { rows, sourceKeys: found, ...(deleted === undefined ? {} : { deleted }) },
      run.rules,
    );
    const present = new Set(found);
    const gone = sourceKeys.filter((sourceKey) => !present.has(sourceKey));
    run.counts.read += rows.length;
    await run.stage.seal({ ...changes, gone }, () => nominations.done(sourceKeys));
  }
}
