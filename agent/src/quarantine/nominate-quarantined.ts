import type { Outbox, QuarantineEntry, QuarantineFilter } from "@qianzhi/exchange";
import type { StreamName } from "@qianzhi/sdk";
import { POINT_READ_KEYS, pointRead } from "../pipeline/diff-deletes.ts";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import type { Nomination, Nominations } from "../pipeline/reread.ts";
import { isKeyless, sourceKeyIn } from "../run/stage.ts";
import { writePipelineState } from "../state/pipeline-state.ts";
import { entryPages } from "./entry-pages.ts";
import { sourceKeysOf } from "./source-keys-of.ts";

/** What of a pipeline's quarantine is to be looked at again. */
export interface Retry {
  readonly filter: Pick<QuarantineFilter, "reason" | "item">;
  readonly outbox: Outbox;
  readonly stream: StreamName;
  readonly nominations: Nominations;
  /** Who asked. */
  readonly by: string;
}

/** What was asked for, to be told apart afterwards from what has happened besides. */
export interface Asked {
  readonly entries: ReadonlySet<number>;
  /** The last entry among them. */
  readonly lastEntry: number;
  /** Everything is read and sent again: there are rows that nothing else can find, or no other way to send any. */
  readonly readsAll: boolean;
}

/**
 * Nominates the current rows of the matching open entries: the pipeline's serial stage reads and judges them anew, and
 * nothing is ever sealed from what the quarantine keeps. Each page of entries is one transaction.
 */
export async function nominateQuarantined(run: PipelineRun, retry: Retry): Promise<Asked> {
  const { outbox, by, filter, nominations } = retry;
  const { name: pipeline, mode } = run.config;
  const entries = new Set<number>();
  let lastEntry = 0;
  // A content that is swapped as a whole has no rows of its own.
  let readsAll = mode === "replace";
  for (const page of entryPages(outbox.quarantine, { ...filter, pipeline })) {
    const found = readsAll ? [] : page.map((entry) => foundAgain(run, retry, entry));
    const present = mode === "cursor" ? await presentKeys(run, found) : undefined;
    run.store.transaction(() => {
      const rows = found.flatMap(({ rows: each }) => each);
      for (const each of found) if (present !== undefined) closeGone(retry, each, present);
      const isRoom = nominations.add(rows, run.world.clock.now());
      readsAll ||= !isRoom || found.some(({ isLost }) => isLost);
    });
    for (const { id } of page) entries.add(id);
    lastEntry = page.at(-1)?.id ?? lastEntry;
  }
  if (entries.size > 0)
    run.store.transaction(() => {
      if (readsAll) writePipelineState(run.store, pipeline, { resync: true });
      outbox.ledger.append("quarantine-retry", { pipeline, ...filter, entries: entries.size, by });
    });
  return { entries, lastEntry, readsAll };
}

interface Found {
  /** What the entry is of: see `NewQuarantineEntry.keyText`. */
  readonly name: string;
  readonly rows: readonly Nomination[];
  /** There is a row, and nothing tells which. */
  readonly isLost: boolean;
}

function foundAgain(run: PipelineRun, retry: Retry, entry: QuarantineEntry): Found {
  const { keyText: name = "", recordText } = retry.outbox.quarantine.content(entry.id) ?? {};
  const named = sourceKeyIn(name);
  // Each poll looks at all rows without key.
  if (isKeyless(name)) return { name, rows: [], isLost: false };
  const isDeletion = named === undefined && recordText === undefined;
  const keys = named === undefined ? sourceKeysOf(run, retry, entry, name) : [named];
  const rows = keys
    // One of other key columns than those in force names nothing.
    .filter((key) => (JSON.parse(key) as unknown[]).length === run.config.key.length)
    .map((sourceKey) => ({ sourceKey, deletedKey: isDeletion ? name : null }));
  return { name, rows, isLost: named === undefined && rows.length === 0 };
}

/** Of the rows of refused records, those that are there: a poll by a change column never learns of the others. */
async function presentKeys(
  run: PipelineRun,
  found: readonly Found[],
): Promise<ReadonlySet<string | null>> {
  const keys = found.flatMap(({ name, rows }) =>
    sourceKeyIn(name) === undefined ? rows.map(({ sourceKey }) => sourceKey) : [],
  );
  const present = new Set<string | null>();
  for (let start = 0; start < keys.length; start += POINT_READ_KEYS) {
    const { rows } = await pointRead(run, keys.slice(start, start + POINT_READ_KEYS));
    for (const row of rows) present.add(run.sourceKey(row));
  }
  return present;
}

/** A record whose row is gone is not refused any more. What the platform refuses meanwhile is another version of it. */
function closeGone(
  { outbox: { quarantine }, stream: { pipeline } }: Retry,
  { name, rows, isLost }: Found,
  present: ReadonlySet<string | null>,
): void {
  const isRefusal = rows.every(({ deletedKey }) => deletedKey === null);
  if (
    isLost ||
    !isRefusal ||
    isKeyless(name) ||
    (sourceKeyIn(name) !== undefined && rows.length > 0)
  )
    return;
  if (rows.some(({ sourceKey }) => present.has(sourceKey))) return;
  const { ordinal = 0 } = quarantine.openKeys(pipeline).get(name) ?? {};
  quarantine.close(pipeline, name, "gone", ordinal + 1);
}
