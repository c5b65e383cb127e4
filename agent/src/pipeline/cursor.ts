import type { Column, RawRow } from "@qianzhi/sdk";
import { claimedChanges, type ClaimedChanges } from "./claimed-changes.ts";
import { extract, readAhead, type ExtractedPage } from "./extract.ts";
import { gathering } from "./gather.ts";
import { horizonOf } from "./horizon.ts";
import { OVERLAP_ROWS, openOverlap, type Overlap } from "./overlap.ts";
import { noChanges, type ChangedRows, type PageRules } from "./page-changes.ts";
import { isDue } from "../world/is-due.ts";
import type { PipelineRun, Position } from "./pipeline-run.ts";
import { withWitnesses } from "./restored.ts";
import { writePipelineState, type StoredHorizon, type Stretch } from "../state/pipeline-state.ts";

/** Rows asked for at once while a table is loaded, at most: see `gather.ts`. */
const PAGE_ROWS = 2_000;

/** Pages of equal size that make a batch of so many rows, or a few less. */
const pageRowsOf = (batchRows: number): number =>
  Math.floor(batchRows / Math.ceil(batchRows / PAGE_ROWS));

/*
 * A poll by a change column reads two stretches. Up to the horizon every row is settled: it is sealed and the position
 * moves past it. Beyond the horizon rows are sealed early, so that nobody waits for the settle time, but the position
 * stays: the stretch is read again, and a row that committed late inside it is found then. What was sealed early is
 * remembered in the overlap, so that it is not sealed again unless it changed. While somebody holds the horizon back for
 * long, the stretch grows: it is then read again at a pace that backs off, and only what lies behind it at each poll.
 *
 * The bound is asked first and the rows are read afterwards: a row that the bound covers is then visible.
 */
export async function pollCursor(run: PipelineRun, cursor: Column): Promise<void> {
  const overlap = openOverlap(run.store.database, run.config.name);
  const start = run.state.position ?? undefined;
  const horizon = await horizonOf(run, cursor);
  const settled = await readSettled(run, overlap, start, horizon.below);
  const stood = settled === start && !run.state.fullPass;
  const stretch = await readEarly(run, overlap, settled, stood ? run.state.horizon : null);
  const { exact, because, heldBy, memory } = horizon;
  const stored: StoredHorizon = {
    exact,
    ...(because === undefined ? {} : { because }),
    ...(heldBy === undefined ? {} : { heldBy }),
    memory,
    stretch,
  };
  await run.stage.seal(noChanges, () =>
    writePipelineState(run.store, run.config.name, { fullPass: false, horizon: stored }),
  );
}

/** The usual poll of an unchanged table: one statement, and no bound is needed to learn that there is nothing. */
export async function nothingNew(run: PipelineRun): Promise<boolean> {
  const start = run.state.position;
  if (start === null || run.state.fullPass) return false;
  if (openOverlap(run.store.database, run.config.name).size > 0) return false;
  let moved = false;
  for await (const page of extract({
    ...reading(run),
    request: { ...run.request, pageRows: 1 },
    from: start,
    onMoved: () => (moved = true),
  }))
    return page.rows.length === 0;
  // The newest row is not there and nothing follows it: see `isRestored`.
  return !moved;
}

async function readSettled(
  run: PipelineRun,
  overlap: Overlap,
  start: Position | undefined,
  below: Position[number],
): Promise<Position | undefined> {
  const { pageRows: batchRows } = run.request;
  const pageRows = pageRowsOf(batchRows);
  const request = {
    ...run.request,
    pageRows,
    until: { values: [below], inclusive: false },
  };
  // Full when another page would be too much. The claims of a page must be known before those of the next are looked at.
  const rows = run.claims === undefined ? batchRows - pageRows + 1 : 1;
  const gathered = gathering({ rows, bytes: run.rules.partBytes });
  const unsealed: ReadonlySet<string>[] = [];
  const rules = knowing(run.rules, unsealed);
  let seen: Seen[] = [];
  let claimed: readonly (() => void)[] = [];
  let position = start;
  let witnesses = run.state.witnesses;
  let sealing = Promise.resolve();
  const seal = async (): Promise<void> => {
    await sealing;
    const [changes, settled, end, pages] = [gathered.take(), seen, position, unsealed.length];
    const settling = claimed;
    const testifying = witnesses;
    seen = [];
    claimed = [];
    const within = (): void => {
      for (const settle of settling) settle();
      for (const { key } of settled) overlap.forget(key);
      writePipelineState(run.store, run.config.name, {
        position: end ?? null,
        witnesses: testifying,
      });
    };
    sealing = run.stage.seal(changes, within).then(() => {
      unsealed.splice(0, pages);
      for (const { lines } of changes.upserts) lines.spend?.();
    });
    sealing.catch(() => undefined);
  };
  const pages = extract({ ...reading(run), request, from: start });
  for await (const page of readAhead(pages, run.world.timers)) {
    // With nothing sent early, no settled row needs a hash: the initial load pays for none.
    if (run.claims !== undefined) await sealing;
    const compared = await compare({ ...run, rules }, page, overlap, overlap.size > 0);
    if (!gathered.fits(compared.changes)) await seal();
    gathered.add(compared.changes, page.rows.length);
    claimed = [...claimed, compared.settle];
    unsealed.push(new Set(compared.changes.sealedKeys));
    seen.push(...compared.seen);
    position = page.last;
    witnesses = withWitnesses(run, witnesses, page.rows);
    if (gathered.isFull) await seal();
  }
  if (!gathered.isEmpty) await seal();
  await sealing;
  return position;
}

/** A page is compared while those before it are on their way: what they share counts as sealed. */
function knowing(rules: PageRules, unsealed: readonly ReadonlySet<string>[]): PageRules {
  const { wasSealed } = rules;
  if (wasSealed === undefined) return rules;
  return {
    ...rules,
    wasSealed: (key) => unsealed.some((keys) => keys.has(key)) || wasSealed(key),
  };
}

/** The first pause before a stretch of more than a page is read again, and the longest; each is twice the one before. */
const REREAD_MS = { first: 2_000, longest: 300_000 };

/**
 * Reads what lies beyond the position. `before` is given when the position has not moved since: then what was read of
 * the stretch may rest, and only what follows its last row is read.
 */
async function readEarly(
  run: PipelineRun,
  overlap: Overlap,
  position: Position | undefined,
  before: StoredHorizon | null,
): Promise<Stretch> {
  const now = run.world.clock.now();
  const known = before?.stretch;
  const isLong = known !== undefined && known.rows > run.request.pageRows;
  const rests = isLong && known.last !== null && !isDue(known.rereadAt, now, known.paceMs);
  let last = rests ? known.last! : (position ?? null);
  const present = new Set<string>();
  const stretch = (): Stretch => {
    const rows = present.size + (rests ? known.rows : 0);
    if (rests) return { ...known, last, rows };
    const paceMs = isLong ? Math.min(known.paceMs * 2, REREAD_MS.longest) : REREAD_MS.first;
    return { last, rows, rereadAt: now + paceMs, paceMs };
  };
  if (stretch().rows >= OVERLAP_ROWS) return stretch();
  const from = last ?? undefined;
  for await (const page of extract({ ...reading(run), request: run.request, from })) {
    const { changes, seen, settle } = await compare(run, page, overlap, true);
    for (const { key } of seen) present.add(key);
    last = page.last ?? last;
    await run.stage.seal(changes, () => {
      settle();
      for (const { key, row } of seen) if (overlap.get(key) !== row) overlap.put(key, row);
    });
    // What lies further waits for the position: only the pace is bounded, nothing is skipped.
    if (stretch().rows >= OVERLAP_ROWS) return stretch();
  }
  if (rests) return stretch();
  const gone = overlap.keys().filter((key) => !present.has(key));
  if (gone.length > 0)
    await run.stage.seal(noChanges, () => gone.forEach((key) => overlap.forget(key)));
  return stretch();
}

const reading = (run: PipelineRun) => ({
  source: run.source,
  signal: run.signal,
  relation: run.relationName,
});

/** A row that may be in the overlap, by its hashed key, with the hash of its content. */
interface Seen {
  readonly key: string;
  readonly row: string;
}

/** Sets aside the rows of a page that were sealed as they are. */
async function compare(run: PipelineRun, page: ExtractedPage, overlap: Overlap, hashed: boolean) {
  const { rows, deleted } = page;
  const seen: Seen[] = [];
  run.counts.read += rows.length;
  if (!hashed) {
    const sourceKeys = rows.map(run.sourceKey);
    const every = { rows, sourceKeys, ...(deleted === undefined ? {} : { deleted }) };
    return { ...(await changesOf(run, every)), seen };
  }
  const changed = {
    rows: [] as RawRow[],
    sourceKeys: [] as (string | null)[],
    deleted: [] as number[],
  };
  rows.forEach((row, index) => {
    const flag = deleted?.[index] ?? 0;
    const sourceKey = run.sourceKey(row);
    if (sourceKey !== null) {
      const key = run.keyed(sourceKey);
      const hash = run.keyed(`${flag}${run.content(row)}`);
      seen.push({ key, row: hash });
      if (overlap.get(key) === hash) return;
    }
    changed.rows.push(row);
    changed.sourceKeys.push(sourceKey);
    changed.deleted.push(flag);
  });
  run.counts.unchanged += rows.length - changed.rows.length;
  return { ...(await changesOf(run, changed)), seen };
}

async function changesOf(run: PipelineRun, changed: ChangedRows): Promise<ClaimedChanges> {
  const claimed = await claimedChanges(run, changed);
  // Rows flagged as deleted of which nothing was ever sent.
  run.counts.unchanged += claimed.changes.gone?.length ?? 0;
  return claimed;
}
