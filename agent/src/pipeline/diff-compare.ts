import type { RawRow } from "@qianzhi/sdk";
import { claimKeys } from "./claim-keys.ts";
import { retiredFrom, retiredName, type DiffEntries, type DiffEntry } from "./diff-block.ts";
import type { DiffIndex, StoredBlock } from "./diff-index.ts";
import type { ExtractedPage } from "./extract.ts";
import { pageChanges, type PageChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import { rowsText } from "./row-text.ts";

/** What a poll by comparison has seen so far. */
export interface Scan {
  readonly run: PipelineRun;
  readonly index: DiffIndex;
  /** Source keys whose rows are sealed again, changed or not: the platform has not taken what was sealed of them. */
  readonly nominated: ReadonlySet<string>;
  /** Entries without a row, and the blocks they are in; those hold retired keys too. */
  missing: number;
  readonly missingPlaces: number[];
  sourceRows: number;
}

/** A page of a block's range; `left` are the entries for which no row has come yet, over the pages of the range. */
export interface RangePage {
  /** Undefined behind the last block. */
  readonly stored: StoredBlock | undefined;
  readonly left: () => Map<string, DiffEntry>;
  readonly page: ExtractedPage;
  readonly firstOfRange: boolean;
  readonly lastOfRange: boolean;
}

/** Compares a page with its range's entries; the step it returns seals what differs and writes the blocks. */
export async function comparePage(scan: Scan, range: RangePage): Promise<() => Promise<void>> {
  const { run } = scan;
  const { stored, page, lastOfRange } = range;
  const digest = run.keyed(rowsText(page.rows));
  if (isUnchanged(scan, range, digest)) {
    scan.sourceRows += page.rows.length;
    run.counts.read += page.rows.length;
    run.counts.unchanged += page.rows.length;
    return async () => undefined;
  }
  const left = range.left();
  const { found, changed, kept } = matchRows(scan, range);
  const { changes, entries, retired, settle } = await changedEntries(scan, stored, changed);
  for (const [sourceKey, entry] of entries) found.set(sourceKey, entry);
  // Of rows without a key nothing can be told by a digest, nor where keys that a row left behind stand beside them.
  const whole = found.size === page.rows.length && retired.size === 0 ? digest : null;
  // Behind the last block nothing is left over: they stand beside the rows then.
  for (const [name, entry] of retired) (stored === undefined ? found : left).set(name, entry);
  const current = left.size === 0 ? whole : null;
  const newlyMissing = lastOfRange && markMissing(scan, range);
  scan.sourceRows += page.rows.length;
  run.counts.read += page.rows.length;
  run.counts.unchanged +=
    page.rows.length -
    changes.upserts.reduce((sum, { lines }) => sum + lines.length, 0) -
    changes.refused.length;
  const unchanged =
    lastOfRange &&
    kept &&
    (stored === undefined || stored.digest === current) &&
    changed.rows.length === 0 &&
    !newlyMissing &&
    (stored !== undefined || page.rows.length === 0);
  // The entries that no row has come for yet shrink further while this page waits to be sealed.
  const remaining = new Map(left);
  return async () => {
    if (unchanged) return;
    await run.stage.seal(changes, () => {
      settle();
      const place = writeBlocks(scan, range, { found, remaining, digest: whole });
      if (stored === undefined && retired.size > 0 && place !== undefined)
        scan.missingPlaces.push(place);
    });
  };
}

/** The rows of a range, all in one page, are those that its entries were made of, in the same order. */
const isUnchanged = (
  { run, nominated }: Scan,
  { stored, page, firstOfRange, lastOfRange }: RangePage,
  digest: string,
): boolean =>
  firstOfRange &&
  lastOfRange &&
  stored !== undefined &&
  stored.digest === digest &&
  stored.rows === page.rows.length &&
  stored.fingerprint === run.fingerprint &&
  stored.generation === run.state.generation &&
  nominated.size === 0;

/** Rows whose content is not what the index has, with the hash of it. */
export interface Changed {
  readonly rows: RawRow[];
  readonly sourceKeys: (string | null)[];
  readonly contents: string[];
}

function matchRows({ run, nominated }: Scan, range: RangePage) {
  const { stored, page } = range;
  const left = range.left();
  const found = new Map<string, DiffEntry>();
  const changed: Changed = { rows: [], sourceKeys: [], contents: [] };
  const comparable =
    stored?.fingerprint === run.fingerprint && stored.generation === run.state.generation;
  let kept = comparable || stored === undefined;
  for (const row of page.rows) {
    const sourceKey = run.sourceKey(row);
    const content = run.keyed(run.content(row));
    const entry = sourceKey === null ? undefined : left.get(sourceKey);
    if (
      sourceKey !== null &&
      entry !== undefined &&
      comparable &&
      entry.row === content &&
      !nominated.has(sourceKey)
    ) {
      if (entry.missing) kept = false;
      found.set(sourceKey, entry.missing ? { ...entry, missing: false } : entry);
    } else {
      changed.rows.push(row);
      changed.sourceKeys.push(sourceKey);
      changed.contents.push(content);
    }
    if (sourceKey !== null) left.delete(sourceKey);
  }
  return { found, changed, kept };
}

/** What to seal for the changed rows, compared by record with what was sealed last, and their new entries. */
export async function changedEntries(
  { run, nominated }: Pick<Scan, "run" | "nominated">,
  stored: Pick<StoredBlock, "generation" | "entries"> | undefined,
  changed: Changed,
) {
  const trusted = stored?.generation === run.state.generation;
  const entries = new Map<string, DiffEntry>();
  const retired = new Map<string, DiffEntry>();
  // A new mapping, or a change of what the record's key is made of, gives the row another key.
  const retire = (sourceKey: string, sentKey: string): void =>
    void retired.set(retiredName(sourceKey, sentKey), {
      sentKey,
      row: "",
      record: null,
      missing: true,
    });
  const claimed = run.claims === undefined ? undefined : await claimKeys(run, run.claims, changed);
  const page = pageChanges(changed, claimed?.rules ?? run.rules, (place, key, text) => {
    const sourceKey = changed.sourceKeys[place] ?? "";
    const earlier = stored?.entries.get(sourceKey);
    const record = run.keyed(text);
    entries.set(sourceKey, {
      sentKey: key,
      row: changed.contents[place] ?? "",
      record,
      missing: false,
    });
    if (earlier !== undefined && earlier.sentKey !== null && earlier.sentKey !== key)
      retire(sourceKey, earlier.sentKey);
    return (
      !trusted ||
      earlier?.record !== record ||
      earlier.sentKey !== key ||
      nominated.has(sourceKey) ||
      claimed?.isUnsent(sourceKey, key) === true
    );
  });
  const contents = new Map(
    changed.sourceKeys.map((sourceKey, place) => [sourceKey, changed.contents[place] ?? ""]),
  );
  for (const { sourceKey, reasons } of page.refused) {
    if (sourceKey === null) continue;
    const { sentKey = null, record: sealed = null } = stored?.entries.get(sourceKey) ?? {};
    // By the time the key is this row's alone again, the platform may have another's record of it.
    const record = reasons.some(({ code }) => code === "QZ_KEY_COLLISION") ? null : sealed;
    const row = contents.get(sourceKey) ?? "";
    // The platform keeps the version it has, so the row's deletion must still be sent one day.
    entries.set(
      sourceKey,
      run.rules.withdrawRefused
        ? { sentKey: null, row, record: null, missing: false }
        : { sentKey, row, record, missing: false },
    );
    if (run.rules.withdrawRefused && sentKey !== null) retire(sourceKey, sentKey);
  }
  for (const { key, sourceKey } of claimed?.released ?? []) retire(sourceKey, key);
  run.counts.read += claimed?.foreign.length ?? 0;
  run.counts.unchanged += claimed?.foreign.length ?? 0;
  const changes: PageChanges = {
    ...page,
    deletes: [],
    refused: [...page.refused, ...(claimed?.foreign ?? [])],
  };
  return { changes, entries, retired, settle: claimed?.settle ?? (() => undefined) };
}

/** True when an entry was not missing before. */
function markMissing(scan: Scan, range: RangePage): boolean {
  const { stored } = range;
  const left = range.left();
  if (left.size === 0 || stored === undefined) return false;
  scan.missingPlaces.push(stored.place);
  let newly = false;
  for (const [sourceKey, entry] of left) {
    if (retiredFrom(sourceKey) === undefined) scan.missing += 1;
    if (entry.missing) continue;
    left.set(sourceKey, { ...entry, missing: true });
    newly = true;
  }
  return newly;
}

/**
 * Entries of a block that come to be of the current fingerprint and generation without their rows: what those were under
 * another fingerprint, or what was sealed of them in another generation, must not let them pass for unchanged.
 */
export function carriedEntries(
  { fingerprint, state: { generation } }: PipelineRun,
  stored: Pick<StoredBlock, "fingerprint" | "generation">,
  entries: DiffEntries,
): DiffEntries {
  const isTrusted = stored.generation === generation;
  if (isTrusted && stored.fingerprint === fingerprint) return entries;
  return new Map(
    [...entries].map(([name, entry]) => [
      name,
      { ...entry, row: "", record: isTrusted ? entry.record : null },
    ]),
  );
}

interface Outcome {
  readonly found: ReadonlyMap<string, DiffEntry>;
  readonly remaining: ReadonlyMap<string, DiffEntry>;
  readonly digest: string | null;
}

/** Answers the place of the block that it has made, if any. */
function writeBlocks(
  { run, index }: Scan,
  { stored, page, lastOfRange }: RangePage,
  { found, remaining, digest }: Outcome,
): number | undefined {
  const { fingerprint, state, keyedBy } = run;
  const made = { fingerprint, generation: state.generation };
  if (lastOfRange && stored !== undefined) {
    const entries = new Map([...found, ...carriedEntries(run, stored, remaining)]);
    index.write({ ...stored, ...made, digest: remaining.size === 0 ? digest : null, entries });
    return undefined;
  }
  const place = page.last === undefined ? undefined : index.placeBefore(stored?.place);
  if (page.last !== undefined && place !== undefined)
    index.write({ ...made, place, digest, last: page.last, keyedBy, entries: found });
  if (stored !== undefined) index.write({ ...stored, digest: null, entries: remaining });
  return place;
}
