import { isDeepStrictEqual } from "node:util";
import { QianzhiError } from "@qianzhi/sdk";
import type { ChangesPage, RawRow } from "@qianzhi/sdk";
import {
  readPipelineState,
  writePipelineState,
  type PipelineState,
} from "../state/pipeline-state.ts";
import { guardHolds } from "./delete-guard.ts";
import { pollDiff } from "./diff.ts";
import { POINT_READ_KEYS, pointRead, providedKeys, sealDeletes } from "./diff-deletes.ts";
import type { DiffIndex } from "./diff-index.ts";
import { maskedKey } from "./masked-key.ts";
import { noChanges } from "./page-changes.ts";
import type { PipelineRun, RowFeed } from "./pipeline-run.ts";
import { resendDeletions, type Nominations } from "./reread.ts";
import { compareToldRows } from "./told-rows.ts";

/*
 * A poll by a native feed. The feed only nominates: its keys are read again here, in the serial stage, and compared with
 * the diff index as a comparison of everything would, so that no old value overtakes a newer one, and a deletion is
 * confirmed by the source. The position moves when all that a page told is sealed: a crash reads the page again.
 *
 * Whenever the index cannot be what the feed goes on from (first load, fingerprint, resync, QZ_CHANGES_LOST, more
 * deletions than the guard lets pass), the position of now is taken first, and a comparison of everything follows.
 *
 * Where the source has no other read, the feed's rows are all there is: they are sealed in the feed's order, what was
 * there before it never comes, and a feed that is lost needs a person.
 */

/** Pages of one poll: the next one goes on. */
const MAX_PAGES = 1_000;

export interface NativePoll {
  readonly run: PipelineRun;
  readonly feed: RowFeed;
  readonly index: DiffIndex;
  readonly nominations: Nominations;
}

export async function pollNative(poll: NativePoll): Promise<void> {
  const { run, feed, nominations } = poll;
  if (run.state.fullPass || run.state.feed === null) return readAll(poll);
  // What is to be sent again cannot be read alone from a source that only lists.
  if (!feed.namesKeysAlone && feed.canReadAll && nominations.due(1).length > 0)
    return readAll(await beginFullPass(poll));
  try {
    await sealNominated(poll);
    if (!(await followFeed(poll))) await readAll(await beginFullPass(poll));
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_CHANGES_LOST") throw error;
    run.world.log.warn("full pass", { pipeline: run.config.name, because: "changes lost" });
    if (!feed.canReadAll) throw broken(run);
    await readAll(await beginFullPass(poll));
  }
}

/** Whether the feed tells nothing new; costs one statement. */
export async function feedIsQuiet(state: PipelineState, feed: RowFeed): Promise<boolean> {
  if (state.fullPass || state.feed === null || state.guard !== null) return false;
  try {
    const page = await feed.read(state.feed);
    return page.end && page.changes.length === 0 && isDeepStrictEqual(page.position, state.feed);
  } catch (error) {
    if (QianzhiError.is(error) && error.code === "QZ_CHANGES_LOST") return false;
    throw error;
  }
}

async function beginFullPass(poll: NativePoll): Promise<NativePoll> {
  const { run } = poll;
  const { store, config } = run;
  await run.stage.seal(noChanges, () =>
    writePipelineState(store, config.name, { fullPass: true, feed: null }),
  );
  return { ...poll, run: { ...run, state: readPipelineState(store, config.name) } };
}

/** The position first: what changes while everything is read comes again from the feed. */
async function readAll({ run, feed, index, nominations }: NativePoll): Promise<void> {
  const { position } = await feed.read();
  if (feed.canReadAll) return pollDiff(run, index, nominations, { feed: position });
  await run.stage.seal(noChanges, () =>
    writePipelineState(run.store, run.config.name, { feed: position, fullPass: false }),
  );
}

async function sealNominated(poll: NativePoll): Promise<void> {
  const { run, feed, index, nominations } = poll;
  if (!feed.namesKeysAlone) return;
  for (;;) {
    const due = nominations.rows().slice(0, POINT_READ_KEYS);
    if (due.length === 0) break;
    const keys = due.map(({ sourceKey }) => sourceKey);
    const { rows } = await pointRead(run, keys);
    await sealTold(poll, { keys, rows, nominated: new Set(keys) }, () => nominations.done(keys));
  }
  await resendDeletions(run, nominations, (keys) => providedKeys(run, index, keys));
}

/** False when more was deleted than may pass without a look at everything. */
async function followFeed(poll: NativePoll): Promise<boolean> {
  const { run, feed, index } = poll;
  let position = run.state.feed;
  let deletes = 0;
  const before = index.rows();
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await feed.read(position);
    const moved = !isDeepStrictEqual(page.position, position);
    position = page.position;
    const rounds = roundsOf(feed, page);
    const move = (): void =>
      writePipelineState(run.store, run.config.name, { feed: position, ...settled(run.state) });
    for (const [at, round] of rounds.entries()) {
      const rows = feed.namesKeysAlone ? (await pointRead(run, round.keys)).rows : round.rows;
      const within = at === rounds.length - 1 ? move : undefined;
      const gone = await sealTold(poll, { ...round, rows }, within, (missing) => {
        const seen = {
          before,
          deletes: deletes + missing.length,
          // Whether the source is empty, a look at everything tells.
          sourceRows: feed.canReadAll ? index.rows() - missing.length + rows.length : 1,
        };
        if (!guardHolds(seen, run.config.maxDeletes, run.state.approvedDeletes)) return true;
        if (!feed.canReadAll) holdDeletes(run, seen, missing);
        return false;
      });
      if (gone === undefined) return false;
      deletes += gone;
    }
    if (rounds.length === 0 && moved) await run.stage.seal(noChanges, move);
    if (page.end) break;
  }
  return true;
}

const settled = ({ guard }: PipelineState): Partial<PipelineState> =>
  guard === null ? {} : { guard: null, approvedDeletes: null };

/** Keys that the source told or was asked for, and the rows that are there of them. */
interface Round {
  readonly keys: readonly string[];
  readonly rows: readonly RawRow[];
  readonly nominated?: ReadonlySet<string>;
}

/** The last state of each key that a page tells, in the order of changes, as many together as are read at once. */
function roundsOf(feed: RowFeed, { changes }: ChangesPage): readonly Round[] {
  const last = new Map<string, RawRow | undefined>();
  for (const { op, row } of changes) {
    const key = feed.sourceKey(row);
    if (key === null) continue;
    last.delete(key);
    last.set(key, op === "upsert" ? row : undefined);
  }
  const told = [...last];
  return Array.from({ length: Math.ceil(told.length / POINT_READ_KEYS) }, (_, at) => {
    const slice = told.slice(at * POINT_READ_KEYS, (at + 1) * POINT_READ_KEYS);
    return {
      keys: slice.map(([key]) => key),
      rows: slice.flatMap(([, row]) => (row === undefined ? [] : [row])),
    };
  });
}

/**
 * Seals what differs of these keys. Deletions are sealed after it, each confirmed once more, and only then does `within`
 * run: what it moves never stands behind what was sealed.
 *
 * @param mayDelete Asked before anything is sealed, with the record keys that are gone.
 * @returns How many are gone; undefined when they may not be deleted, and nothing was sealed.
 */
async function sealTold(
  poll: NativePoll,
  { keys, rows, nominated = new Set() }: Round,
  within: () => void = () => undefined,
  mayDelete: (missing: readonly string[]) => boolean = () => true,
): Promise<number | undefined> {
  const { run, index, feed } = poll;
  const told = await compareToldRows(run, index, { keys, rows, nominated });
  if (!mayDelete(told.missing)) return undefined;
  await run.stage.seal(told.changes, () => {
    told.write();
    if (told.leaves.length === 0) within();
  });
  if (told.leaves.length > 0) {
    // A feed that has the rows themselves has said that these are gone.
    const asked = feed.namesKeysAlone ? run : { ...run, source: withoutRows(run) };
    await sealDeletes(asked, index, told.leaves);
    await run.stage.seal(noChanges, within);
  }
  return told.missing.length;
}

const withoutRows = ({ source }: PipelineRun): PipelineRun["source"] => {
  const { scan: _, ...rest } = source;
  return rest;
};

/** Keys that are shown to the person who is to decide. */
const SAMPLES = 5;

function holdDeletes(
  run: PipelineRun,
  { before, deletes }: { readonly before: number; readonly deletes: number },
  missing: readonly string[],
): never {
  const { name, resource } = run.config;
  const samples = missing.slice(0, SAMPLES).map((key) => maskedKey(key, resource.items));
  const guard = { before, deletes, samples, at: run.world.clock.now() };
  writePipelineState(run.store, name, { guard });
  throw new QianzhiError("QZ_DELETE_GUARD", { pipeline: name, deletes, before });
}

const broken = ({ config, relationName }: PipelineRun): QianzhiError =>
  new QianzhiError("QZ_FEED_BROKEN", { pipeline: config.name, name: relationName });
