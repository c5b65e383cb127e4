import { QianzhiError, type GenerationStep, type StreamName } from "@qianzhi/sdk";
import { nodeCompression, type Compression, type Encoding } from "../compression/compression.ts";
import { createLedger, type Ledger } from "../ledger/ledger.ts";
import type { QuarantineEntry } from "../quarantine/entry.ts";
import { createQuarantine, type Quarantine } from "../quarantine/quarantine.ts";
import type { Store } from "../store/store.ts";
import { changeLines, composeBatch, type Composed, type UpsertLines } from "./batch-bytes.ts";
import { createBatchTable, type BatchTable } from "./batch-table.ts";
import { moved, nextManifest, sameHead, type Head, type Sealed } from "./chain.ts";
import { resealNext } from "./reseal.ts";
import { withholdWaiting } from "./withhold.ts";
import type { OnVoided } from "./epoch.ts";
import { regainReserve } from "./retention.ts";
import { createStreamTable, type StreamRow, type StreamTable } from "./stream-table.ts";
import {
  batchList,
  streamStatus,
  type BatchFilter,
  type BatchSummary,
  type StreamStatus,
} from "./status.ts";

export interface SealRequest {
  readonly stream: StreamName;
  /** Version of the descriptor that the records follow. */
  readonly version: string;
  /** Identifiers of the key items. */
  readonly key: readonly string[];
  /** Canonical key texts. A key stands at most once in deletes and upserts together. */
  readonly deletes: readonly string[];
  /** Canonical record texts, or their lines. */
  readonly upserts: readonly string[] | UpsertLines;
  /** Opaque; kept with the batch and handed back with its receipt or when it is voided. */
  readonly sourceKeys?: string;
  /** Seal after this head only; otherwise QZ_CHAIN_MOVED. Without it the batch is composed again for the new head. */
  readonly after?: Sealed;
  /** The batch is a step of a generation: sealed though it holds no changes, and voided when its epoch ends. */
  readonly generation?: GenerationStep;
  /** Runs in the transaction that seals: positions, indexes. Synchronous. */
  readonly within?: () => void;
}

/** Another process that seals into the same stream can win this often before the caller hears of it. */
const MAX_ATTEMPTS = 50;
/** Receipted bodies erased to make room for one batch, at most: the rest goes with the next. */
const ERASED_FOR_ROOM = 64;
const FALLBACK_ENCODING: Encoding = "gzip";

/**
 * The durable queue of sealed batches. Whatever is sealed survives the process and the power, stays byte for byte as it is,
 * and waits until its receipt has come. Several processes may seal into one outbox.
 */
export class Outbox {
  readonly store: Store;
  readonly compression: Compression;
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly streamTable: StreamTable;
  readonly batchTable: BatchTable;
  readonly #listeners = new Set<() => void>();

  /** @param options.today The day that counts are kept for, YYYY-MM-DD; that of UTC unless said. */
  constructor(
    store: Store,
    options: { readonly compression?: Compression; readonly today?: () => string } = {},
  ) {
    this.store = store;
    this.compression = options.compression ?? nodeCompression;
    this.ledger = createLedger(store);
    const today =
      options.today ?? (() => new Date(store.world.clock.now()).toISOString().slice(0, 10));
    this.quarantine = createQuarantine(store, this.ledger, today);
    this.streamTable = createStreamTable(store);
    this.batchTable = createBatchTable(store);
  }

  /** Where the stream's chain ends; a new stream begins epoch 1, offline. */
  head(stream: StreamName): Head {
    const { epoch, nonce, sequence, digest } = this.streamTable.open(stream);
    return { epoch, nonce, sequence, digest };
  }

  /**
   * Seals one batch and runs `within`, both or neither; durable when resolved. With nothing to seal only `within` runs.
   * Throws QZ_OUTBOX_FULL, QZ_DISK_FULL, QZ_BATCH_TOO_LARGE, QZ_CHAIN_MOVED, and what `within` throws.
   */
  async seal(request: SealRequest): Promise<Sealed> {
    const { deletes, upserts, generation } = request;
    if (deletes.length + upserts.length === 0 && generation === undefined) {
      this.commit(request.within);
      return this.head(request.stream);
    }
    const lines = changeLines(deletes, upserts);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#sealOnce(request, lines);
      } catch (error) {
        const moved = QianzhiError.is(error) && error.code === "QZ_CHAIN_MOVED";
        if (!moved || request.after !== undefined || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** Advances positions when there was nothing to seal: `within` in one durable transaction. */
  commit(within: (() => void) | undefined): void {
    if (within !== undefined) this.store.transaction(within);
  }

  /** Calls back after each batch that this process seals; answers how to stop that. */
  onSealed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Batches that have no receipt yet, of one stream or of all. */
  waiting(stream?: StreamName): {
    readonly batches: number;
    readonly changes: number;
    readonly bytes: number;
  } {
    const rows = stream === undefined ? this.streamTable.all() : [this.streamTable.find(stream)];
    const sum = { batches: 0, changes: 0, bytes: 0 };
    for (const row of rows) {
      if (row === undefined) continue;
      sum.batches += row.sealed_batches + row.handed_batches + row.reseal_batches;
      sum.changes += row.waiting_changes;
      sum.bytes += row.waiting_bytes;
    }
    return sum;
  }

  /** Every stream with its counts, without scanning batches. */
  streams(): readonly StreamStatus[] {
    return this.streamTable.all().map(streamStatus);
  }

  /** Batches without their bodies, in the order of sealing. */
  batches(filter: BatchFilter = {}): readonly BatchSummary[] {
    return batchList(this.store, filter);
  }

  /** The source keys of the batch in which a change was sealed, and its place among them; undefined when they are erased. */
  sourceKeysAt(
    stream: StreamName,
    { epoch, sequence, line }: NonNullable<QuarantineEntry["place"]>,
  ): { readonly sourceKeys: string; readonly index: number } | undefined {
    const row = this.streamTable.find(stream);
    const batch = row === undefined ? undefined : this.batchTable.at(row.id, epoch, sequence);
    return batch === undefined || batch.source_keys === null
      ? undefined
      : { sourceKeys: batch.source_keys, index: batch.part + line - 2 };
  }

  /** Whether the platform has ever taken anything from this directory for the stream, as far as is known here. */
  wasOpened(stream: StreamName): boolean {
    return this.streamTable.find(stream)?.opened_before === 1;
  }

  /** Voids what waits of a stream that may not be shared any more; nothing of it is sealed again. */
  withhold(stream: StreamName, denied: QianzhiError, onVoided: OnVoided): void {
    const { id } = this.streamTable.open(stream);
    withholdWaiting(this, id, { denied, reseal: () => false, onVoided });
  }

  /** Why source and platform must be compared in full before they may be called equal; undefined when they need not. */
  owed(stream: StreamName): string | undefined {
    return this.streamTable.find(stream)?.owed ?? undefined;
  }

  /** Marks or clears the debt of a reconciliation; in the caller's transaction when there is one. */
  setOwed(stream: StreamName, reason: string | undefined): void {
    this.store.transaction(() => {
      const { id } = this.streamTable.open(stream);
      if (reason === undefined) this.streamTable.clearOwed(id);
      else this.streamTable.owe(id, reason);
      this.ledger.append(reason === undefined ? "reconciliation-done" : "reconciliation-owed", {
        pipeline: stream.pipeline,
        resource: stream.resource,
        ...(reason === undefined ? {} : { reason }),
      });
    });
  }

  /** The encoding in which bodies are stored: what the target was last known to like best. */
  get encoding(): Encoding {
    const wanted = this.store.settings.get("encoding") as Encoding | undefined;
    return wanted !== undefined && this.compression.encodings.includes(wanted)
      ? wanted
      : FALLBACK_ENCODING;
  }

  async #sealOnce(request: SealRequest, lines: readonly Uint8Array[]): Promise<Sealed> {
    const { store, streamTable } = this;
    const stream = streamTable.open(request.stream);
    if (request.after !== undefined && !sameHead(stream, request.after)) throw moved(stream);
    // Batches of an ended epoch come before anything new.
    if (stream.reseal_batches > 0) {
      while (streamTable.get(stream.id).reseal_batches > 0) await resealNext(this, stream.id);
      throw moved(stream);
    }
    if (!(await regainReserve(this))) {
      throw new QianzhiError("QZ_DISK_FULL", { path: store.directory });
    }
    this.#checkRoom(0);
    const composed = composeBatch(nextManifest(stream, request), lines, store.limits.maxBatchBytes);
    const { encoding } = this;
    const [digest, body] = await Promise.all([
      this.compression.sha256(composed.bytes),
      this.compression.compress(composed.bytes, encoding),
    ]);
    store.transaction(() => {
      if (!sameHead(streamTable.get(stream.id), stream)) throw moved(stream);
      this.#checkRoom(body.length);
      this.append(stream, composed, digest, request.deletes.length + request.upserts.length);
      this.batchTable.insert({
        stream,
        composed,
        digest,
        body,
        encoding,
        key: JSON.stringify(request.key),
        sourceKeys: request.sourceKeys ?? null,
      });
      request.within?.();
    });
    composed.spend();
    for (const listener of this.#listeners) listener();
    return {
      epoch: composed.manifest.epoch,
      sequence: composed.manifest.sequence,
      digest,
    };
  }

  /** Advances the chain to a composed batch, within the transaction that inserts it. */
  append(stream: StreamRow, { manifest }: Composed, digest: string, freshChanges: number): void {
    this.streamTable.advance(stream.id, manifest.sequence, digest, freshChanges);
    this.ledger.append("batch-sealed", {
      pipeline: stream.pipeline,
      epoch: manifest.epoch,
      sequence: manifest.sequence,
      digest,
      deletes: manifest.deletes,
      upserts: manifest.upserts,
    });
  }

  #checkRoom(bytes: number): void {
    const { maxBytes } = this.store.limits;
    const { waiting, retained } = this.streamTable.room();
    if (waiting + bytes > maxBytes) throw new QianzhiError("QZ_OUTBOX_FULL", { limit: maxBytes });
    // What was delivered is kept only as long as there is room for what was not.
    if (bytes > 0 && waiting + retained + bytes > maxBytes) {
      this.batchTable.erase(Number.MAX_SAFE_INTEGER, ERASED_FOR_ROOM);
    }
  }
}
