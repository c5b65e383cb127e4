import type { RawRow } from "@qianzhi/sdk";
import { retiredFrom, type DiffEntry } from "./diff-block.ts";
import { carriedEntries, changedEntries, type Changed } from "./diff-compare.ts";
import type { DiffIndex, StoredBlock } from "./diff-index.ts";
import type { PageChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/** Rows in a loose block. */
const LOOSE_ROWS = 500;

export interface ToldRows {
  readonly keys: readonly string[];
  /** Those of the keys that are there. */
  readonly rows: readonly RawRow[];
  /** Source keys whose rows are sealed again, changed or not. */
  readonly nominated: ReadonlySet<string>;
}

export interface Comparison {
  readonly changes: PageChanges;
  /** Writes the index; in the transaction that seals the changes. */
  readonly write: () => void;
}

/**
 * Some rows against what the index has of them, wherever in it they are. A row that is not in the index goes into a
 * loose block behind the last: where it stands in the source's order, only the source knows. Keys that have no row any
 * more, and those that a row has left behind, are only marked missing.
 */
export async function compareToldRows(
  run: PipelineRun,
  index: DiffIndex,
  { keys, rows, nominated }: ToldRows,
): Promise<Comparison> {
  const found = rows.map(run.sourceKey);
  const present = new Set(found);
  const places = new Map<string, number>();
  const earlier = new Map<string, DiffEntry>();
  const wanted = new Set([...keys, ...found.filter((key) => key !== null)]);
  for (const place of index.holding(wanted)) {
    const block = index.at(place);
    if (block === undefined) continue;
    const entries = carriedEntries(run, block, block.entries);
    for (const key of wanted) {
      const entry = entries.get(key);
      if (entry === undefined || earlier.has(key)) continue;
      earlier.set(key, entry);
      places.set(key, place);
    }
  }
  const changed: Changed = { rows: [], sourceKeys: [], contents: [] };
  const returned = new Map<string, DiffEntry>();
  for (const [at, row] of rows.entries()) {
    const key = found[at] ?? null;
    const content = run.keyed(run.content(row));
    const entry = key === null ? undefined : earlier.get(key);
    if (key !== null && entry?.row === content && !nominated.has(key)) {
      if (entry.missing) returned.set(key, { ...entry, missing: false });
      continue;
    }
    changed.rows.push(row);
    changed.sourceKeys.push(key);
    changed.contents.push(content);
  }
  const stored = { generation: run.state.generation, entries: earlier };
  const told = await changedEntries({ run, nominated }, stored, changed);
  const gone = keys.filter((key) => !present.has(key) && earlier.has(key));
  const written = new Map([
    ...returned,
    ...told.entries,
    ...told.retired,
    ...gone.map((key) => [key, { ...earlier.get(key)!, missing: true }] as const),
  ]);
  run.counts.read += rows.length;
  run.counts.unchanged +=
    rows.length -
    told.changes.upserts.reduce((sum, { lines }) => sum + lines.length, 0) -
    told.changes.refused.length;
  return {
    changes: told.changes,
    write() {
      told.settle();
      for (const [place, entries] of byPlace(written, places))
        writeEntries(run, index, place, entries);
    },
  };
}

/** Entries by the block that they belong to; undefined for those that are in none yet. */
function byPlace(
  written: ReadonlyMap<string, DiffEntry>,
  places: ReadonlyMap<string, number>,
): ReadonlyMap<number | undefined, ReadonlyMap<string, DiffEntry>> {
  const grouped = new Map<number | undefined, Map<string, DiffEntry>>();
  for (const [name, entry] of written) {
    const place = places.get(retiredFrom(name) ?? name);
    const group = grouped.get(place) ?? new Map<string, DiffEntry>();
    grouped.set(place, group.set(name, entry));
  }
  return grouped;
}

function writeEntries(
  run: PipelineRun,
  index: DiffIndex,
  place: number | undefined,
  entries: ReadonlyMap<string, DiffEntry>,
): void {
  const { fingerprint, keyedBy } = run;
  const made = { fingerprint, generation: run.state.generation, digest: null };
  const withEntries = (block: Omit<StoredBlock, "rows">): void => {
    const carried = carriedEntries(run, block, block.entries);
    index.write({ ...block, ...made, entries: new Map([...carried, ...entries]) });
  };
  const block = place === undefined ? undefined : index.at(place);
  if (block !== undefined) return withEntries(block);
  const last = index.last();
  const loose =
    last !== undefined && last.last.length === 0 && last.entries.size < LOOSE_ROWS
      ? last
      : {
          ...made,
          place: index.placeBefore(undefined),
          last: [],
          keyedBy,
          entries: new Map<string, DiffEntry>(),
        };
  withEntries(loose);
}
