import { pointRead } from "./diff-deletes.ts";
import { noChanges, pageChanges, type PageChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/** Keys of one round of reading again. */
const ROUND = 500;

/** A row that somebody wants read again: nobody seals an old value on its behalf. */
export interface Nomination {
  readonly sourceKey: string;
  /** The record key of a deletion that the platform has not taken; null for an upsert. */
  readonly deletedKey: string | null;
}

export interface Nominations {
  /** Rows that are due now, at most `limit`. */
  due(limit: number): readonly Nomination[];
  /** Of those due, the deletions, at most `limit`. */
  deletions(limit: number): readonly Nomination[];
  /** Of those due, all that are no deletions. */
  rows(): readonly Nomination[];
  /** In the transaction that seals what was read. */
  done(sourceKeys: readonly string[]): void;
}

/**
 * Reads nominated rows again and seals what they are now, in the pipeline's own serial stage: an old value that a
 * repair carried along could otherwise overtake a newer one from a poll, and stay for ever.
 */
export async function rereadNominated(run: PipelineRun, nominations: Nominations): Promise<void> {
  const forget = run.database.prepare("DELETE FROM overlap WHERE pipeline = ? AND source_key = ?");
  for (;;) {
    const nominated = nominations.due(ROUND);
    if (nominated.length === 0) return;
    const sourceKeys = nominated.map(({ sourceKey }) => sourceKey);
    const { rows, deleted } = await pointRead(run, sourceKeys);
    const found = rows.map(run.sourceKey);
    const changes = pageChanges(
      { rows, sourceKeys: found, ...(deleted === undefined ? {} : { deleted }) },
      run.rules,
    );
    const absent = withoutRow(nominated, found);
    run.counts.read += rows.length;
    await run.stage.seal(
      {
        ...changes,
        // Where another row may have taken the record key over, its deletion is left to reconciliation.
        deletes: [...changes.deletes, ...(run.sourceKeyIsRecordKey ? deletesOf(absent) : [])],
        gone: [...(changes.gone ?? []), ...absent.map(({ sourceKey }) => sourceKey)],
      },
      () => {
        // What the overlap knows of a row is not what was sealed last any more.
        for (const sourceKey of sourceKeys) forget.run(run.config.name, run.keyed(sourceKey));
        nominations.done(sourceKeys);
      },
    );
  }
}

/**
 * The same for a pipeline that reads everything anyway: nominated rows are sealed when the scan comes to them, so that
 * the index always has what was sealed last. Only deletions need more, since nothing is left of them in the index.
 *
 * @param provided Which of these record keys a row has now.
 */
export async function resendDeletions(
  run: PipelineRun,
  nominations: Nominations,
  provided: (recordKeys: ReadonlySet<string | null>) => ReadonlySet<string>,
): Promise<void> {
  for (;;) {
    const nominated = nominations.deletions(ROUND);
    if (nominated.length === 0) return;
    const sourceKeys = nominated.map(({ sourceKey }) => sourceKey);
    const { rows } = await pointRead(run, sourceKeys);
    const alive = provided(new Set(nominated.map(({ deletedKey }) => deletedKey)));
    const deletes = deletesOf(withoutRow(nominated, rows.map(run.sourceKey))).filter(
      ({ key }) => !alive.has(key),
    );
    await run.stage.seal({ ...noChanges, deletes }, () => nominations.done(sourceKeys));
  }
}

const withoutRow = (
  nominated: readonly Nomination[],
  found: readonly (string | null)[],
): readonly Nomination[] => {
  const present = new Set(found);
  return nominated.filter(({ sourceKey }) => !present.has(sourceKey));
};

const deletesOf = (absent: readonly Nomination[]): PageChanges["deletes"] =>
  absent.flatMap(({ sourceKey, deletedKey }) =>
    deletedKey === null ? [] : [{ key: deletedKey, sourceKey }],
  );
