import type { Refusal, StreamName } from "@qianzhi/sdk";
import type { Outbox } from "./outbox.ts";
import { renameInstance } from "./stream-instance.ts";
import { nameOf, type EpochBase, type StreamRow } from "./stream-table.ts";

/** A batch that will not be delivered: its bytes are erased, this is kept. */
export interface VoidedBatch {
  readonly epoch: number;
  readonly sequence: number;
  readonly deletes: number;
  readonly upserts: number;
  readonly sourceKeys?: string;
}

/**
 * Told within the transaction that voids batches: what they contained does not count as sealed any more. Called once an
 * ended epoch that voided anything; the batches are to be consumed at once.
 */
export type OnVoided = (stream: StreamName, batches: Iterable<VoidedBatch>, reason: string) => void;

export interface EpochPlan {
  /** The new epoch is larger than this and than the stream's own. */
  readonly above: number;
  /** Where the platform stands, when it was asked. Default: where its last receipt left it. */
  readonly base?: EpochBase;
  readonly reason: string;
  /** The platform's copy may differ from what this site believes: a full comparison is owed. */
  readonly owed: boolean;
  /** The chains have parted: whoever else has a copy of this directory is to be fenced. */
  readonly renamed?: boolean;
  /**
   * Whether waiting batches of this version are sealed again into the new epoch; the others are voided, and so are the
   * steps of a generation, which means nothing in another epoch.
   */
  readonly reseal: (version: string) => boolean;
  /** A batch that was refused whole: sealed again in halves. */
  readonly split?: number;
  /** A batch that was refused whole and has one change only: that refusal is its receipt. */
  readonly refusedAlone?: { readonly id: number; readonly refusals: readonly Refusal[] };
}

interface VoidedRow {
  readonly epoch: number;
  readonly sequence: number;
  readonly deletes: number;
  readonly upserts: number;
  readonly source_keys: string | null;
}

const WAITING = "stream = ? AND state IN ('sealed', 'handed', 'reseal')";

/**
 * Ends the stream's epoch and begins a larger one, not yet opened at the platform, in one transaction with what becomes of
 * the batches that wait: voided, or marked to be sealed again in their order. Sealing goes on offline meanwhile.
 */
export function beginEpoch(
  outbox: Outbox,
  streamId: number,
  plan: EpochPlan,
  onVoided?: OnVoided,
): void {
  const { store, streamTable, batchTable, ledger } = outbox;
  store.transaction(() => {
    const stream = streamTable.get(streamId);
    const epoch = Math.max(stream.epoch, plan.above) + 1;
    const base = plan.base ?? believedBase(outbox, stream);
    if (plan.refusedAlone !== undefined) {
      const { id, refusals } = plan.refusedAlone;
      batchTable.receipted(id, 0, JSON.stringify(refusals));
      streamTable.count(streamId, { refused: refusals.length });
    }
    const voided = disposeWaiting(outbox, streamId, plan, onVoided);
    if (plan.split !== undefined) markSplit(outbox, plan.split);
    streamTable.beginEpoch(streamId, epoch, base);
    if (plan.renamed === true) renameInstance(store, stream);
    streamTable.count(streamId, { voided });
    if (plan.owed) streamTable.owe(streamId, plan.reason);
    ledger.append("epoch-begun", {
      pipeline: stream.pipeline,
      resource: stream.resource,
      ended: stream.epoch,
      epoch,
      reason: plan.reason,
      voided,
      owed: plan.owed,
    });
  });
}

function believedBase({ store }: Outbox, stream: StreamRow): EpochBase {
  if (stream.opened === 0) return { epoch: stream.base_epoch, digest: stream.base_digest };
  const last = store.database
    .prepare<{ digest: string }>(`SELECT digest FROM batch WHERE stream = ? AND epoch = ?
    AND state IN ('receipted', 'handed') ORDER BY sequence DESC LIMIT 1`)
    .get(stream.id, stream.epoch);
  return { epoch: stream.epoch, digest: last?.digest ?? stream.nonce };
}

/** Answers how many changes were voided. */
function disposeWaiting(
  outbox: Outbox,
  streamId: number,
  plan: EpochPlan,
  onVoided: OnVoided | undefined,
): number {
  const { database, world } = outbox.store;
  const versions = database
    .prepare<{ version: string }>(`SELECT DISTINCT version FROM batch WHERE ${WAITING}`)
    .all(streamId)
    .map((row) => row.version);
  const kept = versions.filter(plan.reseal);
  const ended = versions.filter((version) => !kept.includes(version));
  for (const version of kept) {
    database
      .prepare(
        `UPDATE batch SET state = 'reseal' WHERE ${WAITING} AND version = ? AND generation IS NULL`,
      )
      .run(streamId, version);
  }
  const which = `${WAITING} AND (generation IS NOT NULL OR version IN (${ended.map(() => "?").join(", ")}))`;
  const waits = database.prepare(`SELECT 1 FROM batch WHERE ${which} LIMIT 1`);
  if (waits.get(streamId, ...ended) === undefined) return 0;
  const changes =
    database
      .prepare<{ n: number | null }>(`SELECT sum(deletes + upserts) AS n FROM batch WHERE ${which}`)
      .get(streamId, ...ended)?.n ?? 0;
  const rows = database
    .prepare<VoidedRow>(
      `SELECT epoch, sequence, deletes, upserts, source_keys FROM batch WHERE ${which} ORDER BY ordinal, part`,
    )
    .iterate(streamId, ...ended);
  onVoided?.(nameOf(outbox.streamTable.get(streamId)), voidedBatches(rows), plan.reason);
  database
    .prepare(`UPDATE batch SET state = 'voided', reason = ?, ended_at = ? WHERE ${which}`)
    .run(plan.reason, Math.floor(world.clock.now()), streamId, ...ended);
  return changes;
}

function* voidedBatches(rows: Iterable<VoidedRow>): Generator<VoidedBatch> {
  for (const { epoch, sequence, deletes, upserts, source_keys: keys } of rows) {
    yield { epoch, sequence, deletes, upserts, ...(keys === null ? {} : { sourceKeys: keys }) };
  }
}

function markSplit(outbox: Outbox, batchId: number): void {
  outbox.store.database.prepare("UPDATE batch SET split = 1 WHERE id = ?").run(batchId);
}

/**
 * Puts batches that the platform has lost back into the queue, from the one after `sequence`; their receipts are taken back.
 * `reopen`: the platform has lost the epoch too, which is to be opened there again. Answers false, having done nothing, when the bytes of one of them are erased already.
 */
export function sendAgain(
  outbox: Outbox,
  streamId: number,
  { sequence, reopen }: { readonly sequence: number; readonly reopen?: boolean },
): boolean {
  const { store, streamTable, ledger } = outbox;
  const { database } = store;
  return store.transaction(() => {
    const stream = streamTable.get(streamId);
    const lost = "stream = ? AND epoch = ? AND sequence > ? AND state IN ('receipted', 'handed')";
    const from = [streamId, stream.epoch, sequence] as const;
    const erased = database
      .prepare(`SELECT 1 FROM batch WHERE ${lost} AND stored = 0 LIMIT 1`)
      .get(...from);
    if (erased !== undefined) return false;
    const sums = database
      .prepare<{ n: number; accepted: number | null; refused: number | null }>(
        `SELECT count(*) AS n, sum(accepted) AS accepted, sum(deletes + upserts - accepted) AS refused
       FROM batch WHERE ${lost} AND state = 'receipted'`,
      )
      .get(...from);
    database
      .prepare(`UPDATE batch SET state = 'sealed', accepted = 0, refusals = NULL, ended_at = NULL,
      receipt_order = NULL WHERE ${lost}`)
      .run(...from);
    streamTable.count(streamId, {
      accepted: -(sums?.accepted ?? 0),
      refused: -(sums?.refused ?? 0),
    });
    if (reopen === true) streamTable.markOpened(streamId, 0);
    ledger.append("batches-sent-again", {
      pipeline: stream.pipeline,
      epoch: stream.epoch,
      after: sequence,
    });
    return true;
  });
}
