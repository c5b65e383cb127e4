import {
  PROTOCOL,
  type BatchManifest,
  type GenerationStep,
  type SealedBatch,
  type StreamName,
} from "@qianzhi/sdk";
import type { Store } from "../store/store.ts";
import type { Composed } from "./batch-bytes.ts";
import type { StreamRow } from "./stream-table.ts";
import { storedJson } from "../store/stored-json.ts";

/** `sealed`, `handed` and `reseal` wait; `receipted` and `voided` have ended. */
export type BatchState = "sealed" | "handed" | "reseal" | "receipted" | "voided";

/** A row of the table `batch`; the body lies apart, so that listing batches never reads it. */
export interface BatchRow {
  readonly id: number;
  readonly stream: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly predecessor: string;
  readonly digest: string;
  /** Place of the changes in the order of sealing, kept when they are sealed again. */
  readonly ordinal: number;
  readonly part: number;
  readonly version: string;
  /** JSON array of the key items' identifiers. */
  readonly key: string;
  readonly deletes: number;
  readonly upserts: number;
  /** Uncompressed. */
  readonly bytes: number;
  readonly encoding: SealedBatch["encoding"];
  /** Bytes of the body still held; 0 when erased. */
  readonly stored: number;
  readonly state: BatchState;
  readonly reason: string | null;
  /** 1 when the platform refused it whole: it is sealed again in halves. */
  readonly split: number;
  readonly accepted: number;
  /** JSON of the receipt's refusals. */
  readonly refusals: string | null;
  readonly source_keys: string | null;
  readonly sealed_at: number;
  readonly ended_at: number | null;
  readonly receipt_order: number | null;
  /** JSON of the manifest's `generation`. */
  readonly generation: string | null;
}

export interface NewBatch {
  readonly stream: StreamRow;
  readonly composed: Composed;
  /** Hex SHA-256 of the composed bytes. */
  readonly digest: string;
  readonly body: Uint8Array;
  readonly encoding: SealedBatch["encoding"];
  readonly key: string;
  readonly sourceKeys: string | null;
  /** Absent for fresh changes: their place is the end. */
  readonly place?: { readonly ordinal: number; readonly part: number };
}

export interface BatchTable {
  insert(batch: NewBatch): void;
  get(id: number): BatchRow | undefined;
  at(stream: number, epoch: number, sequence: number): BatchRow | undefined;
  nextSealed(stream: number): BatchRow | undefined;
  nextReseal(stream: number): BatchRow | undefined;
  /** Receipted batches whose changes are later than this place: only with receipts out of order. */
  laterReceipted(stream: number, ordinal: number): readonly BatchRow[];
  /** Place of the first batch that is kept of the generation whose commit this is. */
  generationBegan(commit: BatchRow): number;
  body(id: number): Uint8Array | undefined;
  move(id: number, state: BatchState, reason: string | null): void;
  receipted(id: number, accepted: number, refusals: string | null): void;
  /** Remembers refusals that came before the receipt. */
  refusedEarly(id: number, refusals: string): void;
  /** Erases bodies of ended batches, voided ones first, then the oldest receipted ones that ended before; answers how many. */
  erase(receiptedBefore: number, limit: number): number;
  /**
   * Forgets ended batches whose bodies are erased and that ended before: the ledger keeps what became of them. The last batch of
   * a stream, of all and in the order of receipts stay, since what comes next is counted from them. Answers how many.
   */
  forget(endedBefore: number, limit: number): number;
}

export function createBatchTable({ database, world }: Store): BatchTable {
  const insert =
    database.prepare(`INSERT INTO batch (stream, epoch, sequence, predecessor, digest, ordinal, part, version,
    key, deletes, upserts, bytes, encoding, stored, state, source_keys, sealed_at, generation)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sealed', ?, ?, ?)`);
  const setOrdinal = database.prepare("UPDATE batch SET ordinal = id WHERE id = ?");
  const insertBody = database.prepare("INSERT INTO body VALUES (?, ?)");
  const get = database.prepare<BatchRow>("SELECT * FROM batch WHERE id = ?");
  const at = database.prepare<BatchRow>(
    "SELECT * FROM batch WHERE stream = ? AND epoch = ? AND sequence = ?",
  );
  const next = database.prepare<BatchRow>(
    "SELECT * FROM batch WHERE stream = ? AND state = 'sealed' ORDER BY epoch, sequence LIMIT 1",
  );
  const reseal = database.prepare<BatchRow>(
    "SELECT * FROM batch WHERE stream = ? AND state = 'reseal' ORDER BY ordinal, part LIMIT 1",
  );
  const later = database.prepare<BatchRow>(
    "SELECT * FROM batch WHERE stream = ? AND state = 'receipted' AND ordinal > ? ORDER BY ordinal",
  );
  const began = database.prepare<{ ordinal: number | null }>(
    `SELECT min(ordinal) AS ordinal FROM batch WHERE stream = ? AND epoch = ? AND sequence <= ?
     AND json_extract(generation, '$.id') = ?`,
  );
  const selectBody = database.prepare<{ bytes: Uint8Array }>(
    "SELECT bytes FROM body WHERE batch = ?",
  );
  const deleteBody = database.prepare("DELETE FROM body WHERE batch = ?");
  const move = database.prepare(
    "UPDATE batch SET state = ?, reason = ?, ended_at = ? WHERE id = ?",
  );
  const receipted =
    database.prepare(`UPDATE batch SET state = 'receipted', accepted = ?, refusals = ?, ended_at = ?,
    receipt_order = (SELECT coalesce(max(receipt_order), 0) + 1 FROM batch) WHERE id = ?`);
  const refusedEarly = database.prepare("UPDATE batch SET refusals = ? WHERE id = ?");
  const voidedIds = database.prepare<{ id: number }>(
    "SELECT id FROM batch WHERE stored > 0 AND state = 'voided' ORDER BY ended_at LIMIT ?",
  );
  const receiptedIds = database.prepare<{ id: number }>(
    "SELECT id FROM batch WHERE stored > 0 AND state = 'receipted' AND ended_at < ? ORDER BY ended_at LIMIT ?",
  );
  const emptied = database.prepare("UPDATE batch SET stored = 0, source_keys = NULL WHERE id = ?");
  const forget = database.prepare(`DELETE FROM batch WHERE id IN (
    SELECT b.id FROM batch b JOIN stream s ON s.id = b.stream
    WHERE b.stored = 0 AND b.state IN ('receipted', 'voided') AND b.ended_at < ?
      AND NOT (b.epoch = s.epoch AND b.sequence = s.sequence)
      AND b.id < (SELECT max(id) FROM batch)
      AND coalesce(b.receipt_order, 0) < (SELECT coalesce(max(receipt_order), 1) FROM batch)
    ORDER BY b.ended_at LIMIT ?)`);
  const now = (): number => Math.floor(world.clock.now());

  return {
    insert({ stream, composed, digest, body, encoding, key, sourceKeys, place }) {
      const { manifest: m, bytes } = composed;
      const id = Number(
        insert.run(
          stream.id,
          m.epoch,
          m.sequence,
          m.predecessor,
          digest,
          place?.ordinal ?? 0,
          place?.part ?? 0,
          m.version,
          key,
          m.deletes,
          m.upserts,
          bytes.length,
          encoding,
          body.length,
          sourceKeys,
          now(),
          m.generation === undefined ? null : JSON.stringify(m.generation),
        ).lastInsertRowid,
      );
      if (place === undefined) setOrdinal.run(id);
      insertBody.run(id, body);
    },
    get: (id) => get.get(id),
    at: (stream, epoch, sequence) => at.get(stream, epoch, sequence),
    nextSealed: (stream) => next.get(stream),
    nextReseal: (stream) => reseal.get(stream),
    laterReceipted: (stream, ordinal) => later.all(stream, ordinal),
    generationBegan(commit) {
      const id = generationOf(commit)?.id ?? "";
      const { stream, epoch, sequence, ordinal } = commit;
      return began.get(stream, epoch, sequence, id)?.ordinal ?? ordinal;
    },
    body: (id) => selectBody.get(id)?.bytes,
    move: (id, state, reason) =>
      void move.run(state, reason, state === "voided" ? now() : null, id),
    receipted: (id, accepted, refusals) => void receipted.run(accepted, refusals, now(), id),
    refusedEarly: (id, refusals) => void refusedEarly.run(refusals, id),
    erase(receiptedBefore, limit) {
      const ids = [...voidedIds.all(limit), ...receiptedIds.all(receiptedBefore, limit)].slice(
        0,
        limit,
      );
      for (const { id } of ids) {
        deleteBody.run(id);
        emptied.run(id);
      }
      return ids.length;
    },
    forget: (endedBefore, limit) => Number(forget.run(endedBefore, limit).changes),
  };
}

export function manifestOf(stream: StreamName, batch: BatchRow): BatchManifest {
  const { epoch, sequence, predecessor, version, deletes, upserts } = batch;
  const { site, pipeline, resource } = stream;
  const generation = generationOf(batch);
  return {
    protocol: PROTOCOL,
    site,
    pipeline,
    epoch,
    sequence,
    predecessor,
    resource,
    version,
    deletes,
    upserts,
    ...(generation === undefined ? {} : { generation }),
  };
}

export const generationOf = ({ generation }: BatchRow): GenerationStep | undefined =>
  generation === null ? undefined : (storedJson(generation) as GenerationStep);

export function keyOf(batch: BatchRow): readonly string[] {
  return storedJson(batch.key) as string[];
}
