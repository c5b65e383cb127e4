import { claimKeys } from "./claim-keys.ts";
import { pageChanges, type ChangedRows, type PageChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/** What a page asks of the seal, and what to do in its transaction. */
export interface ClaimedChanges {
  readonly changes: PageChanges;
  readonly settle: () => void;
}

/**
 * The changes of rows that are sealed as they come, deletions included, with regard to who else has their record keys.
 *
 * @param absent Source keys of rows that were asked for and are not there.
 */
export async function claimedChanges(
  run: PipelineRun,
  changed: ChangedRows,
  absent: readonly string[] = [],
): Promise<ClaimedChanges> {
  if (run.claims === undefined)
    return { changes: pageChanges(changed, run.rules), settle: () => undefined };
  const claimed = await claimKeys(run, run.claims, { ...changed, absent });
  const { foreign, released, isProvided, settle } = claimed;
  const page = pageChanges(changed, claimed.rules);
  const deletes = new Map(
    [...page.deletes.filter(({ key }) => !isProvided(key)), ...released].map((each) => [
      each.key,
      each,
    ]),
  );
  run.counts.read += foreign.length;
  return {
    changes: {
      ...page,
      deletes: [...deletes.values()],
      refused: [...page.refused, ...foreign],
      gone: [...(page.gone ?? []), ...absent],
      keys: new Set([...(page.keys ?? []), ...deletes.keys()]),
    },
    settle,
  };
}
