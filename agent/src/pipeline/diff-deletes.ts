import type { PositionValue, ScanPage } from "@qianzhi/sdk";
import type { DiffEntry } from "./diff-block.ts";
import type { DiffIndex } from "./diff-index.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/** Keys of one point read: what every adapter takes. */
const POINT_READ_KEYS = 500;

/**
 * Seals the deletion of entries that the scan did not find, block by block, each confirmed by a point read just before:
 * a row that is there after all (its key moved in the order while the scan passed) only leaves its old block.
 */
export async function sealDeletes(
  run: PipelineRun,
  index: DiffIndex,
  places: readonly number[],
): Promise<void> {
  const shared = await sharedKeys(run, index, places);
  for (const place of places) {
    const stored = index.at(place);
    if (stored === undefined) continue;
    const missing = [...stored.entries].filter(([, entry]) => entry.missing);
    const present = await presentKeys(
      run,
      missing.map(([sourceKey]) => sourceKey),
    );
    const deletes = missing.flatMap(([sourceKey, { sentKey }]) =>
      sentKey === null || present.has(sourceKey) || shared.has(sentKey)
        ? []
        : [{ key: sentKey, sourceKey }],
    );
    const gone = missing
      .map(([sourceKey]) => sourceKey)
      .filter((sourceKey) => !present.has(sourceKey));
    const entries = new Map([...stored.entries].filter(([, entry]) => !entry.missing));
    await run.stage.seal({ deletes, upserts: [], refused: [], gone }, () => {
      if (entries.size === 0) index.remove(place);
      else index.write({ ...stored, entries });
    });
  }
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

/**
 * Record keys that another row of the source provides too, so that they outlive the missing one: possible only where
 * a record's key is not the source's own.
 */
async function sharedKeys(
  run: PipelineRun,
  index: DiffIndex,
  places: readonly number[],
): Promise<ReadonlySet<string>> {
  if (run.sourceKeyIsRecordKey) return new Set();
  const missing = new Set(
    places.flatMap((place) =>
      [...(index.at(place)?.entries.values() ?? [])]
        .filter(isMissing)
        .map(({ sentKey }) => sentKey),
    ),
  );
  const shared = new Set<string>();
  for (let block = index.after(0); block !== undefined; block = index.after(block.place))
    for (const entry of block.entries.values())
      if (!entry.missing && entry.sentKey !== null && missing.has(entry.sentKey))
        shared.add(entry.sentKey);
  return shared;
}

const isMissing = (entry: DiffEntry): boolean => entry.missing;
