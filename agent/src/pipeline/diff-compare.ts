import type { DiffEntry } from "./diff-block.ts";
import type { DiffIndex, StoredBlock } from "./diff-index.ts";
import type { ExtractedPage } from "./extract.ts";
import { pageChanges, type ChangedRow, type PageChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/** What a poll by comparison has seen so far. */
export interface Scan {
  readonly run: PipelineRun;
  readonly index: DiffIndex;
  /** Entries without a row, and the blocks they are in. */
  missing: number;
  readonly missingPlaces: number[];
  sourceRows: number;
}

/** A page of a block's range; `left` are the entries for which no row has come yet, over the pages of the range. */
export interface RangePage {
  /** Undefined behind the last block. */
  readonly stored: StoredBlock | undefined;
  readonly left: Map<string, DiffEntry>;
  readonly page: ExtractedPage;
  readonly lastOfRange: boolean;
}

/** Compares a page with its range's entries; the step it returns seals what differs and writes the blocks. */
export function comparePage(scan: Scan, range: RangePage): () => Promise<void> {
  const { run } = scan;
  const { stored, left, page, lastOfRange } = range;
  const { found, changed, contents, kept } = matchRows(run, range);
  const { changes, entries } = changedEntries(run, stored, changed, contents);
  for (const [sourceKey, entry] of entries) found.set(sourceKey, entry);
  const newlyMissing = lastOfRange && markMissing(scan, range);
  scan.sourceRows += page.rows.length;
  run.counts.read += page.rows.length;
  run.counts.unchanged += page.rows.length - changes.upserts.length - changes.refused.length;
  const unchanged = lastOfRange && kept && changed.length === 0 && !newlyMissing && (stored !== undefined || page.rows.length === 0);
  // The entries that no row has come for yet shrink further while this page waits to be sealed.
  const remaining = new Map(left);
  return async () => {
    if (!unchanged) await run.stage.seal(changes, () => writeBlocks(scan, range, found, remaining));
  };
}

function matchRows(run: PipelineRun, { stored, left, page }: RangePage) {
  const found = new Map<string, DiffEntry>();
  const changed: ChangedRow[] = [];
  const contents = new Map<string, string>();
  const comparable = stored?.fingerprint === run.fingerprint && stored.generation === run.state.generation;
  let kept = comparable || stored === undefined;
  for (const row of page.rows) {
    const sourceKey = run.sourceKey(row);
    if (sourceKey === null) {
      changed.push({ row, sourceKey, deleted: false });
      continue;
    }
    const content = run.keyed(run.content(row));
    const entry = left.get(sourceKey);
    left.delete(sourceKey);
    if (entry !== undefined && comparable && entry.row === content) {
      if (entry.missing) kept = false;
      found.set(sourceKey, entry.missing ? { ...entry, missing: false } : entry);
    } else {
      changed.push({ row, sourceKey, deleted: false });
      contents.set(sourceKey, content);
    }
  }
  return { found, changed, contents, kept };
}

/** What to seal for the changed rows, compared by record with what was sealed last, and their new entries. */
function changedEntries(
  run: PipelineRun, stored: StoredBlock | undefined, changed: readonly ChangedRow[], contents: ReadonlyMap<string, string>,
): { readonly changes: PageChanges; readonly entries: ReadonlyMap<string, DiffEntry> } {
  const page = pageChanges(changed, run.rules);
  const trusted = stored?.generation === run.state.generation;
  const entries = new Map<string, DiffEntry>();
  const live = new Set(page.upserts.map(({ key }) => key));
  const deletes: { key: string; sourceKey: string }[] = [];
  const retire = (sourceKey: string, sentKey: string | null): void => {
    if (sentKey !== null && !live.has(sentKey)) deletes.push({ key: sentKey, sourceKey });
  };
  const upserts = page.upserts.filter(({ sourceKey, key, text }) => {
    const earlier = stored?.entries.get(sourceKey);
    const record = run.keyed(text);
    entries.set(sourceKey, { sentKey: key, row: contents.get(sourceKey) ?? "", record, missing: false });
    // A new mapping may give the row another key: what was sent under the old one goes.
    if (earlier !== undefined && earlier.sentKey !== key) retire(sourceKey, earlier.sentKey);
    return !trusted || earlier?.record !== record || earlier.sentKey !== key;
  });
  for (const { sourceKey } of page.refused) {
    if (sourceKey === null) continue;
    const earlier = stored?.entries.get(sourceKey);
    const row = contents.get(sourceKey) ?? "";
    if (run.rules.withdrawRefused) {
      retire(sourceKey, earlier?.sentKey ?? null);
      entries.set(sourceKey, { sentKey: null, row, record: null, missing: false });
    } else {
      // The platform keeps the version it has, so the row's deletion must still be sent one day.
      entries.set(sourceKey, { sentKey: earlier?.sentKey ?? null, row, record: earlier?.record ?? null, missing: false });
    }
  }
  return { changes: { deletes, upserts, refused: page.refused }, entries };
}

/** True when an entry was not missing before. */
function markMissing(scan: Scan, { stored, left }: RangePage): boolean {
  if (left.size === 0 || stored === undefined) return false;
  scan.missing += left.size;
  scan.missingPlaces.push(stored.place);
  let newly = false;
  for (const [sourceKey, entry] of left) {
    if (entry.missing) continue;
    left.set(sourceKey, { ...entry, missing: true });
    newly = true;
  }
  return newly;
}

function writeBlocks(
  { run, index }: Scan, { stored, page, lastOfRange }: RangePage,
  found: ReadonlyMap<string, DiffEntry>, remaining: ReadonlyMap<string, DiffEntry>,
): void {
  const { fingerprint, state: { generation } } = run;
  if (lastOfRange && stored !== undefined) {
    index.write({ ...stored, fingerprint, generation, entries: new Map([...found, ...remaining]) });
    return;
  }
  if (page.last !== undefined)
    index.write({ place: index.placeBefore(stored?.place), fingerprint, generation, last: page.last, entries: found });
  if (stored !== undefined) index.write({ ...stored, entries: remaining });
}
