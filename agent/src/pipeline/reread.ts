import type { RawRow, ScanPage } from "@qianzhi/sdk";
import type { KeyClaims } from "../state/key-claims.ts";
import { claimedChanges } from "./claimed-changes.ts";
import { pointRead } from "./diff-deletes.ts";
import { noChanges, type PageChanges, type RefusedRow } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import { unstampedRow } from "./read-nulls.ts";

/** Keys of one round of reading again. */
const ROUND = 500;

/** How long a deletion waits whose row has come back and was not met by a scan yet. */
const UNDECIDED_MS = 10_000;

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
  /** Asks for rows to be read again from a time on. False when there are too many: read everything again then. */
  add(rows: readonly Nomination[], dueAt: number): boolean;
  /** In the transaction that seals what was read. */
  done(sourceKeys: readonly string[]): void;
}

/**
 * Reads nominated rows again and seals what they are now, in the pipeline's own serial stage: an old value that a
 * repair carried along could otherwise overtake a newer one from a poll, and stay for ever.
 */
export async function rereadNominated(run: PipelineRun, nominations: Nominations): Promise<void> {
  const forget = run.store.database.prepare(
    "DELETE FROM overlap WHERE pipeline = ? AND source_key = ?",
  );
  for (;;) {
    const nominated = nominations.due(ROUND);
    if (nominated.length === 0) return;
    const sourceKeys = nominated.map(({ sourceKey }) => sourceKey);
    const page = await pointRead(run, sourceKeys);
    const absent = withoutRow(nominated, page.rows.map(run.sourceKey));
    const { unstamped, ...stamped } = byStamp(run, page);
    const gone = absent.map(({ sourceKey }) => sourceKey);
    const { changes, settle } = await claimedChanges(run, stamped, gone);
    run.counts.read += page.rows.length;
    await run.stage.seal(
      {
        ...changes,
        deletes: resent(run.claims, changes, nominated, absent),
        refused: [...changes.refused, ...unstamped],
        gone: [...(changes.gone ?? []), ...gone],
      },
      () => {
        settle();
        // What the overlap knows of a row is not what was sealed last any more.
        for (const sourceKey of sourceKeys) forget.run(run.config.name, run.keyed(sourceKey));
        nominations.done(sourceKeys);
      },
    );
  }
}

/** Rows whose change no stamp would show are refused, here as in a poll: see `readNulls`. */
function byStamp(run: PipelineRun, { rows, deleted }: Pick<ScanPage, "rows" | "deleted">) {
  const { columns, order } = run.request;
  const stamp = columns.findIndex(({ name }) => name === order[0]);
  const stamped = { rows: [] as RawRow[], deleted: [] as number[] };
  const unstamped: RefusedRow[] = [];
  for (const [place, row] of rows.entries()) {
    const isFlagged = deleted?.[place] === 1;
    const refused = row[stamp] === null ? unstampedRow(run, row, isFlagged) : undefined;
    if (refused === undefined) {
      stamped.rows.push(row);
      stamped.deleted.push(isFlagged ? 1 : 0);
    } else unstamped.push(refused);
  }
  return { ...stamped, sourceKeys: stamped.rows.map(run.sourceKey), unstamped };
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
    const alive = provided(new Set(nominated.map(({ deletedKey }) => deletedKey)));
    // A row that is there may have another record key by now.
    const gone =
      run.claims === undefined
        ? withoutRow(nominated, keptRows(run, await pointRead(run, sourceKeys)))
        : nominated;
    const deletes = deletesOf(gone).filter(({ key }) => !alive.has(key));
    // One that came after the scan has no entry yet, and may be gone again when the next one passes.
    const undecided = nominated.filter(
      (each) => !gone.includes(each) && !alive.has(each.deletedKey ?? ""),
    );
    await run.stage.seal({ ...noChanges, deletes }, () => {
      nominations.done(sourceKeys);
      nominations.add(undecided, run.world.clock.now() + UNDECIDED_MS);
    });
  }
}

/** Source keys of the rows that keep a record at the platform: not those whose record is withdrawn while they are not fit. */
const keptRows = (
  { rules: { withdrawRefused, evaluate }, sourceKey }: PipelineRun,
  { rows }: Pick<ScanPage, "rows">,
): readonly (string | null)[] =>
  rows.filter((row) => !withdrawRefused || evaluate(row).text !== null).map(sourceKey);

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

/** The page's deletions, and those that the platform has not taken, unless a row has the record key by now. */
function resent(
  claims: KeyClaims | undefined,
  { deletes, keys = new Set() }: PageChanges,
  nominated: readonly Nomination[],
  absent: readonly Nomination[],
): PageChanges["deletes"] {
  if (claims === undefined) return [...deletes, ...deletesOf(absent)];
  const named = new Set([...keys, ...deletes.map(({ key }) => key)]);
  return [
    ...deletes,
    ...deletesOf(nominated).filter(
      ({ key }) => !named.has(key) && claims.claimants(key).length === 0,
    ),
  ];
}
