import { writePipelineState, type PipelineState } from "../state/pipeline-state.ts";
import { guardHolds, holdDeletes } from "./delete-guard.ts";
import type { DiffEntry } from "./diff-block.ts";
import { comparePage, type RangePage, type Scan } from "./diff-compare.ts";
import {
  countDeletes,
  keysMayHaveMoved,
  missingKeys,
  providedKeys,
  sealDeletes,
} from "./diff-deletes.ts";
import type { DiffIndex } from "./diff-index.ts";
import { extract, readAhead, type ExtractedPage } from "./extract.ts";
import { noChanges } from "./page-changes.ts";
import type { PipelineRun, Position } from "./pipeline-run.ts";
import { resendDeletions, type Nominations } from "./reread.ts";

/*
 * A poll by comparison reads the whole relation in the source's own key order and compares it with the diff index,
 * block by block: the source evaluates the range of a block, and rows and entries are compared as sets by key text.
 * New and changed rows are sealed at once, page by page. An entry without a row is only marked missing: it is deleted
 * when the scan has ended, the delete guard agrees and a point read confirms it.
 *
 * Blocks made under other key columns, or the same of another type, have bounds and source keys that mean nothing now:
 * their ranges are not read, and all their entries are missing. What the scan finds under the same record key survives.
 * The same goes for loose blocks.
 *
 * @param after What else of the state changes when a full pass has ended.
 */
export async function pollDiff(
  run: PipelineRun,
  index: DiffIndex,
  nominations: Nominations,
  after: Partial<PipelineState> = {},
): Promise<void> {
  index.spread();
  const before = index.rows();
  const nominated = new Set(nominations.rows().map(({ sourceKey }) => sourceKey));
  const scan: Scan = { run, index, nominated, missing: 0, missingPlaces: [], sourceRows: 0 };
  await compareRanges(scan);
  run.confirmByListing?.();
  if (scan.missingPlaces.length > 0) await deleteMissing(scan, before);
  await compareNominated(scan, nominations);
  await resendDeletions(run, nominations, (keys) => providedKeys(run, index, keys));
  if (run.state.guard !== null || run.state.fullPass || nominated.size > 0)
    await run.stage.seal(noChanges, () => {
      nominations.done([...nominated]);
      writePipelineState(run.store, run.config.name, {
        fullPass: false,
        guard: null,
        approvedDeletes: null,
        ...after,
      });
    });
}

/** @param places The blocks whose ranges are read; all of them, and what follows the last, when absent. */
async function compareRanges(scan: Scan, places?: ReadonlySet<number>): Promise<void> {
  let sealing = Promise.resolve();
  for await (const page of readAhead(readRanges(scan, places), scan.run.world.timers)) {
    // The claims of a page must be known before those of the next are looked at.
    if (scan.run.claims !== undefined) await sealing;
    const step = await comparePage(scan, page);
    await sealing;
    sealing = step();
    sealing.catch(() => undefined);
  }
  await sealing;
}

/** Rows that have come to stand alone with their record key in this poll are sent in it. */
async function compareNominated(scan: Scan, nominations: Nominations): Promise<void> {
  const { run, index, nominated } = scan;
  // What was listed is past: there the next poll sends them.
  if (run.claims === undefined || run.confirmByListing !== undefined) return;
  const fresh = new Set(
    nominations.rows().flatMap(({ sourceKey }) => (nominated.has(sourceKey) ? [] : [sourceKey])),
  );
  if (fresh.size === 0) return;
  const places = new Set<number>();
  for (let block = index.after(0); block !== undefined; block = index.after(block.place))
    if ([...block.entries.keys()].some((sourceKey) => fresh.has(sourceKey)))
      places.add(block.place);
  await compareRanges({ ...scan, nominated: fresh, missingPlaces: [] }, places);
  await run.stage.seal(noChanges, () => nominations.done([...fresh]));
}

/** The ranges of the index one after the other, then what follows the last. */
async function* readRanges(
  { run, index }: Scan,
  places: ReadonlySet<number> | undefined,
): AsyncGenerator<RangePage, void> {
  const { source, signal, relationName: relation, request } = run;
  let from: Position | undefined;
  let place = 0;
  for (;;) {
    const stored = index.after(place);
    let opened: Map<string, DiffEntry> | undefined;
    const left = (): Map<string, DiffEntry> => (opened ??= new Map(stored?.entries));
    const isLoose = stored?.last.length === 0;
    if (places !== undefined && (stored === undefined || isLoose || !places.has(stored.place))) {
      if (stored === undefined) return;
      from = isLoose ? from : stored.last;
      place = stored.place;
      continue;
    }
    if (stored !== undefined && (isLoose || stored.keyedBy !== run.keyedBy)) {
      yield { stored, left, page: { rows: [] }, firstOfRange: true, lastOfRange: true };
      place = stored.place;
      continue;
    }
    const bounded =
      stored === undefined
        ? { ...request, pageRows: blockRows(request.pageRows) }
        : { ...request, until: { values: stored.last, inclusive: true } };
    let held: ExtractedPage | undefined;
    let firstOfRange = true;
    for await (const page of extract({
      source,
      signal,
      relation,
      request: bounded,
      from,
      afterRange: true,
    })) {
      if (held !== undefined) {
        yield { stored, left, page: held, firstOfRange, lastOfRange: false };
        firstOfRange = false;
      }
      held = page;
    }
    if (held !== undefined || stored !== undefined)
      yield { stored, left, page: held ?? { rows: [] }, firstOfRange, lastOfRange: true };
    if (stored === undefined) return;
    from = stored.last;
    place = stored.place;
  }
}

/** Mapped and encoded while the page before is sealed, so no more of them than memory is bounded for. */
const BLOCK_ROWS = 1_000;

/** A block holds less than a page, so that its range is read by one statement though some rows were added. */
const blockRows = (pageRows: number): number =>
  Math.min(BLOCK_ROWS, Math.max(1, Math.floor(pageRows * 0.8)));

async function deleteMissing(scan: Scan, before: number): Promise<void> {
  const { run, index, sourceRows, missingPlaces } = scan;
  const deletes = keysMayHaveMoved(run) ? countDeletes(index, missingPlaces, true) : scan.missing;
  const seen = { before, deletes, sourceRows };
  if (guardHolds(seen, run.config.maxDeletes, run.state.approvedDeletes))
    await holdDeletes(run, seen, missingKeys(index, missingPlaces));
  await sealDeletes(run, index, missingPlaces);
}
