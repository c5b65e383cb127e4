import { QianzhiError } from "@qianzhi/sdk";
import type { PositionValue, RelationDescription } from "@qianzhi/sdk";
import { readReconciliationTimes } from "../state/reconciliations.ts";
import { readSourceMark, writeSourceMark, type SourceMark } from "../state/source-mark.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import { isLower } from "./restored.ts";
import type { RunOptions } from "./run-pipeline.ts";

/** A look costs the source one statement, from an index; it is not made more often than a relation is described. */
const MARK_EVERY_MS = 5 * 60_000;

/** What a pipeline remembers of its looks from run to run. */
export interface MarkMemory {
  readonly lookedAtMs: number;
  /** The source may be ahead; false: it is not, and the store need not be asked. */
  mayBeAhead: boolean;
  /** A row came since. */
  hasRead: boolean;
}

/**
 * After a poll: whether the source has grown and the poll has seen nothing of it. A poll by a change column misses rows
 * that are written without a newer stamp, and a feed those that it does not tell of; the greatest value of the first key
 * column shows that there are such. A row may come between a poll and the look: only what the poll after it has not seen
 * either is said to be missed.
 */
export async function markSource(options: RunOptions): Promise<void> {
  const { config, store, memory, counts, world, source, signal } = options;
  const { relation, mark: known } = memory;
  if (relation === undefined || (config.mode !== "cursor" && config.mode !== "native")) return;
  const hasRead = counts.read > 0 || known?.hasRead === true;
  if (known !== undefined) known.hasRead = hasRead;
  if (counts.read > 0 && known?.mayBeAhead === true) {
    writeSourceMark(store, config.name, anew);
    known.mayBeAhead = false;
  }
  const now = world.clock.monotonic();
  if (known !== undefined && now - known.lookedAtMs < MARK_EVERY_MS) return;
  memory.mark = { lookedAtMs: now, mayBeAhead: known?.mayBeAhead === true, hasRead };
  const column = await markedColumn(relation.prepared, relation.description, options).catch(none);
  if (column === undefined) return;
  const value = await source.maximum?.(config.relation, column, signal).catch(none);
  if (value === undefined) return;
  const before = readSourceMark(store, config.name);
  const mark = hasRead
    ? { ...anew, value, column }
    : nextMark(options, before, { ...anew, value, column });
  memory.mark = { lookedAtMs: now, mayBeAhead: mark.aheadSince !== null, hasRead: false };
  if (JSON.stringify(mark) !== JSON.stringify(before))
    store.transaction(() => writeSourceMark(store, config.name, mark), { durable: false });
}

/** The poll has done its work: a look that the source does not allow is done without. */
function none(error: unknown): undefined {
  if (!QianzhiError.is(error) || error.recovery !== "pause-pipeline") throw error;
}

const anew: SourceMark = { value: null, column: "", aheadSince: null, isConfirmed: false };

function nextMark(
  { config, store, world }: RunOptions,
  before: SourceMark | undefined,
  now: SourceMark,
): SourceMark {
  if (before === undefined || before.value === null || before.column !== now.column) return now;
  const { aheadSince } = before;
  if (aheadSince !== null) {
    // A reconciliation has read all rows, whatever the polls see.
    const doneAt = readReconciliationTimes(store, config.name)?.doneAt ?? 0;
    return doneAt > aheadSince ? now : { ...before, isConfirmed: true };
  }
  const hasGrown =
    config.mode === "native"
      ? JSON.stringify(now.value) !== JSON.stringify(before.value)
      : isGreater(now.value, before.value);
  return hasGrown ? { ...before, aheadSince: Math.floor(world.clock.now()) } : before;
}

/** Letters of one case and digits: every collation has them in this order. */
const plain = /^(?:[0-9a-z]+|[0-9A-Z]+)$/;

/** Only where it is sure: a row that was deleted leaves a lower value behind. */
function isGreater(now: PositionValue | null, before: PositionValue): boolean {
  if (now === null) return false;
  if (isLower(before, now)) return true;
  return (
    typeof now === "string" &&
    typeof before === "string" &&
    plain.test(`${before}${now}`) &&
    now > before
  );
}

/** The first key column, where an index gives its greatest value without reading the table. */
async function markedColumn(
  { config, request }: PipelineRun,
  { kind, columns, key, indexes }: RelationDescription,
  { source, signal }: RunOptions,
): Promise<string | undefined> {
  const [name] = config.key;
  const column = columns.find((each) => each.name === name);
  const isIndexed = [key, ...indexes.map((index) => index.columns)].some(
    (each) => each[0] === name,
  );
  if (name === undefined || column === undefined || kind !== "table" || !isIndexed)
    return undefined;
  if ("query" in config.relation) return undefined;
  if (column.type !== "text") return name;
  // Texts are ordered by a collation, which is not always that of the index.
  const order = { relation: request.relation, columns: [{ name }], order: [name], pageRows: 1 };
  const cost = await source.cost?.(order, signal);
  return cost === undefined || cost === null || cost.sorts || cost.index === null
    ? undefined
    : name;
}
