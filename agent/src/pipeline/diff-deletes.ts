import type { PositionValue, ScanPage } from "@qianzhi/sdk";
import { retiredFrom, type DiffEntry } from "./diff-block.ts";
import type { DiffIndex } from "./diff-index.ts";
import { noChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import { releaseClaims } from "./release-claims.ts";

/** Keys of one point read: what every adapter takes. */
export const POINT_READ_KEYS = 500;

/** Missing entries that are looked at together: a bound on memory when a whole index is replaced. */
const TOGETHER = 100_000;

/**
 * Whether a record may have come under another source key: where a record's key is not the source's own, and in a pass
 * after a change of what determines the output, key columns included.
 */
export const keysMayHaveMoved = ({ claims, state }: PipelineRun): boolean =>
  claims !== undefined || state.fullPass;

/**
 * How many records would be deleted for want of a row.
 *
 * @param keysMoved Leaves out those that another row provides, which takes a look at the whole index.
 */
export function countDeletes(
  index: DiffIndex,
  places: readonly number[],
  keysMoved: boolean,
): number {
  let count = 0;
  for (const group of grouped(index, places)) {
    const shared = keysMoved ? sharedKeys(index, group) : new Set<string>();
    for (const place of group)
      for (const [name, { missing, sentKey }] of index.at(place)?.entries ?? [])
        if (missing && retiredFrom(name) === undefined && sentKey !== null && !shared.has(sentKey))
          count += 1;
  }
  return count;
}

/** The record keys that would be deleted, as they come. */
export function* missingKeys(index: DiffIndex, places: readonly number[]): Generator<string> {
  for (const place of places)
    for (const { missing, sentKey } of index.at(place)?.entries.values() ?? [])
      if (missing && sentKey !== null) yield sentKey;
}

/**
 * Seals the deletion of entries that the scan did not find, block by block, each confirmed by a point read just before:
 * a row that is there after all keeps its entry, unless it has one in another block by now.
 */
export async function sealDeletes(
  run: PipelineRun,
  index: DiffIndex,
  places: readonly number[],
): Promise<void> {
  for (const group of grouped(index, places)) {
    const isScanned =
      run.claims === undefined && (keysMayHaveMoved(run) || hasRetired(index, group));
    const shared = isScanned ? sharedKeys(index, group) : new Set<string>();
    const held = once(() => heldElsewhere(index, group));
    for (const place of group) await sealBlock(run, index, place, { shared, held });
  }
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined;
  return () => (done ??= { value: work() }).value;
}

/** Source keys of missing entries that the scan met in another block: a block was divided at a row above them. */
function heldElsewhere(index: DiffIndex, places: readonly number[]): ReadonlySet<string> {
  const missing = new Set<string>();
  for (const place of places)
    for (const [sourceKey, entry] of index.at(place)?.entries ?? [])
      if (entry.missing) missing.add(sourceKey);
  const held = new Set<string>();
  for (let block = index.after(0); block !== undefined; block = index.after(block.place))
    for (const [sourceKey, entry] of block.entries)
      if (!entry.missing && missing.has(sourceKey)) held.add(sourceKey);
  return held;
}

/** A key that a row left behind may be its own again by the time it is to be deleted. */
const hasRetired = (index: DiffIndex, places: readonly number[]): boolean =>
  places.some((place) =>
    [...(index.at(place)?.entries.keys() ?? [])].some((name) => retiredFrom(name) !== undefined),
  );

async function sealBlock(
  run: PipelineRun,
  index: DiffIndex,
  place: number,
  {
    shared,
    held,
  }: { readonly shared: ReadonlySet<string>; readonly held: () => ReadonlySet<string> },
): Promise<void> {
  const stored = index.at(place);
  if (stored === undefined) return;
  const missing = [...stored.entries].filter(([, entry]) => entry.missing);
  const sourceKeys = missing
    .map(([sourceKey]) => sourceKey)
    .filter((sourceKey) => retiredFrom(sourceKey) === undefined);
  // A source key of other columns cannot be asked for; that no row of the scan has its record key must do.
  const present =
    stored.keyedBy === run.keyedBy ? await presentKeys(run, sourceKeys) : new Set<string>();
  const gone = sourceKeys.filter((sourceKey) => !present.has(sourceKey));
  const ended = missing
    .filter(([sourceKey, { sentKey }]) => sentKey !== null && !present.has(sourceKey))
    .map(([name, { sentKey }]) => ({ key: sentKey ?? "", sourceKey: retiredFrom(name) ?? name }));
  const { deletes, settle } =
    run.claims === undefined
      ? { deletes: ended.filter(({ key }) => !shared.has(key)), settle: () => undefined }
      : releaseClaims(run, run.claims, { gone, ended, keyedBy: stored.keyedBy });
  // A row that came after the scan has no other entry: without this one nobody would know of it when it goes again.
  const kept = ([sourceKey, entry]: readonly [string, DiffEntry]): boolean =>
    !entry.missing || (present.has(sourceKey) && !held().has(sourceKey));
  const entries = new Map(
    [...stored.entries].filter(kept).map(([name, entry]) => [name, { ...entry, missing: false }]),
  );
  await run.stage.seal({ ...noChanges, deletes, gone }, () => {
    settle();
    if (entries.size === 0) index.remove(place);
    else index.write({ ...stored, digest: null, entries });
  });
}

function* grouped(index: DiffIndex, places: readonly number[]): Generator<readonly number[]> {
  let group: number[] = [];
  let size = 0;
  for (const place of places) {
    group.push(place);
    size += index.at(place)?.rows ?? 0;
    if (size < TOGETHER) continue;
    yield group;
    group = [];
    size = 0;
  }
  if (group.length > 0) yield group;
}

/** Which of the rows exist in the source after all. */
async function presentKeys(
  run: PipelineRun,
  sourceKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  for (let start = 0; start < sourceKeys.length; start += POINT_READ_KEYS) {
    const slice = sourceKeys.slice(start, start + POINT_READ_KEYS);
    const { rows } = await pointRead(run, slice);
    for (const row of rows) {
      const sourceKey = run.sourceKey(row);
      if (sourceKey !== null) present.add(sourceKey);
    }
  }
  return present;
}

/** The rows that have these source keys now. */
export async function pointRead(
  run: PipelineRun,
  sourceKeys: readonly string[],
): Promise<Pick<ScanPage, "rows" | "deleted">> {
  const { config, request, signal, source } = run;
  if (source.scan === undefined || sourceKeys.length === 0) return { rows: [] };
  const values = sourceKeys.map((text) => JSON.parse(text) as PositionValue[]);
  return source.scan(
    { ...request, keys: { columns: config.key, values }, pageRows: values.length * 2 },
    signal,
  );
}

/** Record keys of missing entries that another row of the source provides too, so that they outlive the missing one. */
function sharedKeys(index: DiffIndex, places: readonly number[]): ReadonlySet<string> {
  const missing = new Set<string | null>();
  for (const place of places)
    for (const entry of index.at(place)?.entries.values() ?? [])
      if (entry.missing) missing.add(entry.sentKey);
  return entriesOf(index, missing);
}

/** Which of these record keys a row of the source provides. */
export function providedKeys(
  { claims }: PipelineRun,
  index: DiffIndex,
  wanted: ReadonlySet<string | null>,
): ReadonlySet<string> {
  if (claims === undefined) return entriesOf(index, wanted);
  const keys = [...wanted].filter((key) => key !== null);
  return new Set(keys.filter((key) => claims.claimants(key).length > 0));
}

function entriesOf(index: DiffIndex, wanted: ReadonlySet<string | null>): ReadonlySet<string> {
  const provided = new Set<string>();
  for (let block = index.after(0); block !== undefined; block = index.after(block.place))
    for (const { missing, sentKey } of block.entries.values())
      if (!missing && sentKey !== null && wanted.has(sentKey)) provided.add(sentKey);
  return provided;
}
