import type { BatchManifest, StreamName } from "@qianzhi/sdk";
import type { SqlValue } from "../database/database.ts";
import type { Store } from "../store/store.ts";
import { manifestOf, type BatchRow, type BatchState } from "./batch-table.ts";
import { nameOf, type StreamRow } from "./stream-table.ts";

/** A stream as `status` shows it. All counts are of changes (records and deletes) unless they say batches or bytes. */
export interface StreamStatus {
  readonly stream: StreamName;
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: string;
  /** False while the epoch exists only here. */
  readonly opened: boolean;
  readonly owed?: { readonly reason: string; readonly since: number };
  /** Batches to be sent, sent without receipt yet, and to be sealed again. */
  readonly batches: { readonly sealed: number; readonly handed: number; readonly reseal: number };
  /** sealed = accepted + refused + voided + waiting. */
  readonly changes: {
    readonly sealed: number;
    readonly accepted: number;
    readonly refused: number;
    readonly voided: number;
    readonly waiting: number;
  };
  readonly bytes: { readonly waiting: number; readonly retained: number };
  /** Milliseconds since 1970. */
  readonly lastReceiptAt?: number;
}

export interface BatchFilter {
  readonly stream?: StreamName;
  readonly state?: BatchState;
  /** Batches with a larger id. */
  readonly after?: number;
  readonly limit?: number;
}

export interface BatchSummary {
  readonly id: number;
  readonly manifest: BatchManifest;
  readonly digest: string;
  readonly state: BatchState;
  readonly reason?: string;
  /** Uncompressed, and as stored; 0 stored bytes: erased. */
  readonly bytes: number;
  readonly storedBytes: number;
  readonly accepted: number;
  readonly sealedAt: number;
  readonly endedAt?: number;
}

const DEFAULT_PAGE = 100;

export function streamStatus(row: StreamRow): StreamStatus {
  return {
    stream: nameOf(row),
    epoch: row.epoch,
    sequence: row.sequence,
    digest: row.digest,
    opened: row.opened === 1,
    ...(row.owed === null ? {} : { owed: { reason: row.owed, since: row.owed_at ?? 0 } }),
    batches: { sealed: row.sealed_batches, handed: row.handed_batches, reseal: row.reseal_batches },
    changes: {
      sealed: row.sealed_changes,
      accepted: row.accepted,
      refused: row.refused,
      voided: row.voided,
      waiting: row.waiting_changes,
    },
    bytes: { waiting: row.waiting_bytes, retained: row.retained_bytes },
    ...(row.last_receipt_at === null ? {} : { lastReceiptAt: row.last_receipt_at }),
  };
}

export function batchList({ database }: Store, filter: BatchFilter): readonly BatchSummary[] {
  const conditions = ["b.id > ?"];
  const values: SqlValue[] = [filter.after ?? 0];
  if (filter.stream !== undefined) {
    conditions.push("s.site = ? AND s.pipeline = ? AND s.resource = ?");
    values.push(filter.stream.site, filter.stream.pipeline, filter.stream.resource);
  }
  if (filter.state !== undefined) conditions.push("b.state = ?") && values.push(filter.state);
  const rows = database
    .prepare<BatchRow & StreamNames>(
      `SELECT b.*, s.site, s.pipeline, s.resource FROM batch b JOIN stream s ON s.id = b.stream
     WHERE ${conditions.join(" AND ")} ORDER BY b.id LIMIT ?`,
    )
    .all(...values, filter.limit ?? DEFAULT_PAGE);
  return rows.map((row) => ({
    id: row.id,
    manifest: manifestOf(row, row),
    digest: row.digest,
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    bytes: row.bytes,
    storedBytes: row.stored,
    accepted: row.accepted,
    sealedAt: row.sealed_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  }));
}

interface StreamNames {
  readonly site: string;
  readonly pipeline: string;
  readonly resource: string;
}
