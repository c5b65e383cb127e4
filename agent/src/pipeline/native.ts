import { isDeepStrictEqual } from "node:util";
import { QianzhiError } from "@qianzhi/sdk";
import type { ChangesPage, RawRow } from "@qianzhi/sdk";
import {
  readPipelineState,
  writePipelineState,
  type FeedReport,
  type PipelineState,
} from "../state/pipeline-state.ts";
import { guardHolds, holdDeletes } from "./delete-guard.ts";
import { pollDiff } from "./diff.ts";
import {
  countDeletes,
  keysMayHaveMoved,
  missingKeys,
  POINT_READ_KEYS,
  pointRead,
  providedKeys,
  sealDeletes,
} from "./diff-deletes.ts";
import type { DiffIndex } from "./diff-index.ts";
import { noChanges } from "./page-changes.ts";
import type { PipelineRun, RowFeed } from "./pipeline-run.ts";
import { resendDeletions, type Nominations } from "./reread.ts";
import { compareToldRows } from "./told-rows.ts";

/*
 * A poll by a native feed. The feed only nominates: its keys are read again here, in the serial stage, and compared with
 * the diff index as a comparison of everything would, so that no old value overtakes a newer one, and a deletion is
 * confirmed by the source. The position moves when all that a page told is sealed, or marked in the index as missing: a
 * crash reads the page again. What is missing is deleted when all was read that the feed holds, so that the guard
 * judges a mass deletion as a whole; a row that has come back by then is not missing any more.
 *
 * Whenever the index cannot be what the feed goes on from (first load, fingerprint, resync, QZ_CHANGES_LOST), the
 * position of now is taken first, and a comparison of everything follows.
 *
 * Where the source has no other read, the feed's rows are all there is: they are sealed in the feed's order, what was
 * there before it never comes, and a feed that is lost needs a person.
 */

export interface NativePoll {
  readonly run: PipelineRun;
  readonly feed: RowFeed;
  readonly index: DiffIndex;
  readonly nominations: Nominations;
  /** The page behind the state's position, where it has been read already. */
  readonly first?: ChangesPage | undefined;
}

export async function pollNative(poll: NativePoll): Promise<void> {
  const { run, feed, nominations } = poll;
  if (run.state.fullPass || run.state.feed === null) return readAll(poll);
  // What is to be sent again cannot be read alone from a source that only lists.
  if (!feed.namesKeysAlone && feed.canReadAll && nominations.due(1).length > 0)
    return readAll(await beginFullPass(poll));
  try {
    const before = poll.index.rows();
    await sealNominated(poll);
    await followFeed(poll);
    await deleteMissing(poll, before);
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_CHANGES_LOST") throw error;
    run.world.log.warn("full pass", { pipeline: run.config.name, because: "changes lost" });
    if (!feed.canReadAll) throw broken(run);
    await readAll(await beginFullPass(poll));
  }
}

/** What the feed tells next, in one statement; undefined where that is not what is to be read next. */
export async function firstPage(
  state: PipelineState,
  feed: RowFeed,
): Promise<ChangesPage | undefined> {
  if (state.fullPass || state.feed === null || state.guard !== null) return undefined;
  try {
    return await feed.read(state.feed);
  } catch (error) {
    if (QianzhiError.is(error) && error.code === "QZ_CHANGES_LOST") return undefined;
    throw error;
  }
}

export const isQuiet = (page: ChangesPage, state: PipelineState): boolean =>
  page.end && page.changes.length === 0 && isDeepStrictEqual(page.position, state.feed);

/** Of a quiet page nothing is written, but that the source keeps far less of its log by now than was noted last. */
export function noteKept(run: PipelineRun, page: ChangesPage): void {
  const noted = run.state.feedReport?.keptBytes ?? 0;
  if (noted < NOTED_BYTES || (page.kept?.bytes ?? noted) > noted / 2) return;
  const note = (): void =>
    writePipelineState(run.store, run.config.name, { feedReport: reportOf(run, page) });
  run.store.transaction(note, { durable: false });
}

/** Less than this is no matter, and not worth a write. */
const NOTED_BYTES = 64 * 2 ** 20;

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
  const page = await feed.read();
  const reached = { feed: page.position, feedReport: reportOf(run, page) };
  if (feed.canReadAll) return pollDiff(run, index, nominations, reached);
  await run.stage.seal(noChanges, () =>
    writePipelineState(run.store, run.config.name, { ...reached, fullPass: false }),
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

/** To its end, however long it is: what the delete guard would be shown of a part is not what has happened. */
async function followFeed(poll: NativePoll): Promise<void> {
  const { run, feed } = poll;
  let position = run.state.feed;
  let { first } = poll;
  for (;;) {
    const page = first ?? (await feed.read(position));
    first = undefined;
    if (!page.end && isDeepStrictEqual(page.position, position)) throw standing(run);
    position = page.position;
    const rounds = roundsOf(feed, page);
    const reached = { feed: position, feedReport: reportOf(run, page) };
    const move = (): void => writePipelineState(run.store, run.config.name, reached);
    for (const [at, round] of rounds.entries()) {
      const rows = feed.namesKeysAlone ? (await pointRead(run, round.keys)).rows : round.rows;
      await sealTold(poll, { ...round, rows }, at === rounds.length - 1 ? move : undefined);
    }
    if (rounds.length === 0) await run.stage.seal(noChanges, move);
    if (page.end) return;
  }
}

/** A page that leads nowhere would be asked for again without end. */
const standing = ({ relationName: name }: PipelineRun): QianzhiError =>
  new QianzhiError("QZ_ADAPTER_FAULT", { name, operation: "changes" });

const reportOf = ({ state, world }: PipelineRun, { end, kept }: ChangesPage): FeedReport => {
  const at = world.clock.now();
  return {
    at,
    readToEndAt: end ? at : (state.feedReport?.readToEndAt ?? null),
    keptBytes: kept?.bytes ?? null,
    limitBytes: kept?.limitBytes ?? null,
  };
};

/** @param before Rows in the index before the feed was followed. */
async function deleteMissing({ run, feed, index }: NativePoll, before: number): Promise<void> {
  const { places, entries } = index.missing();
  const { maxDeletes, name } = run.config;
  const { approvedDeletes, guard } = run.state;
  if (places.length > 0) {
    const holds = (deletes: number): boolean => {
      // Whether a source that cannot be read is empty, nobody knows.
      const sourceRows = feed.canReadAll ? index.rows() - entries : 1;
      return guardHolds({ before, deletes, sourceRows }, maxDeletes, approvedDeletes);
    };
    const told = countDeletes(index, places, false);
    const deletes = holds(told) && keysMayHaveMoved(run) ? countDeletes(index, places, true) : told;
    if (holds(deletes)) await holdDeletes(run, { before, deletes }, missingKeys(index, places));
    // A feed that has the rows themselves has said that these are gone.
    const asked = feed.namesKeysAlone ? run : { ...run, source: withoutRows(run) };
    await sealDeletes(asked, index, places);
  }
  if (guard !== null)
    await run.stage.seal(noChanges, () =>
      writePipelineState(run.store, name, { guard: null, approvedDeletes: null }),
    );
}

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

/** Seals what differs of these keys, and marks what is gone. */
async function sealTold(
  { run, index }: NativePoll,
  { keys, rows, nominated = new Set() }: Round,
  within: () => void = () => undefined,
): Promise<void> {
  const told = await compareToldRows(run, index, { keys, rows, nominated });
  await run.stage.seal(told.changes, () => {
    told.write();
    within();
  });
}

const withoutRows = ({ source }: PipelineRun): PipelineRun["source"] => {
  const { scan: _, ...rest } = source;
  return rest;
};

const broken = ({ config, relationName }: PipelineRun): QianzhiError =>
  new QianzhiError("QZ_FEED_BROKEN", { pipeline: config.name, name: relationName });
