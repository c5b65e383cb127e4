import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  readPipelineState,
  readReconciliation,
  type PipelineState,
  type Site,
} from "@qianzhi/agent";
import type { BatchManifest, Log, ScanRequest, SealedBatch } from "@qianzhi/sdk";
import { recordText } from "./check-copy.ts";
import type { LegacyRow, LegacyTable } from "./legacy-table.ts";
import { INNER_CANARY, KEY_CANARY, SECRET_CANARY, stream } from "./resource.ts";
import type { WorldShape } from "./world-shape.ts";

/** One change line of a batch. */
export interface SeenChange {
  readonly op: "delete" | "upsert";
  readonly code: string;
  readonly keyText: string;
  /** Canonical text of the record; absent for a delete. */
  readonly text?: string;
}

export interface SeenBatch {
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: string;
  readonly changes: readonly SeenChange[];
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

export const bytesOf = ({ encoding, body }: Pick<SealedBatch, "encoding" | "body">): Uint8Array =>
  encoding === "gzip" ? gunzipSync(body) : body;

const KEY_HEAD = '{"op":"delete","key":';
const RECORD_HEAD = '{"op":"upsert","record":';

export function readBatch(bytes: Uint8Array): SeenBatch {
  const [head, ...lines] = Buffer.from(bytes).toString("utf8").trimEnd().split("\n");
  const { epoch, sequence } = JSON.parse(head ?? "") as BatchManifest;
  const changes = lines.map((line): SeenChange => {
    const op = line.startsWith(KEY_HEAD) ? "delete" : "upsert";
    const text = line.slice(op === "delete" ? KEY_HEAD.length : RECORD_HEAD.length, -1);
    const { code } = JSON.parse(text) as { code: string };
    const keyText = JSON.stringify({ code });
    return op === "delete" ? { op, code, keyText } : { op, code, keyText, text };
  });
  return { epoch, sequence, digest: sha256(bytes), changes };
}

/**
 * Watches a world from outside and notes what may never be. What it knows of a batch it took down when the batch was
 * first seen, so that any later change shows.
 */
export class Witness {
  readonly violations: string[] = [];
  /** Batches in the order in which the platform applied them. */
  readonly applied: SeenBatch[] = [];
  readonly #table: LegacyTable;
  readonly #shape: WorldShape;
  readonly #now: () => number;
  readonly #sealed = new Map<string, SeenBatch>();
  /** Keys of which a deletion was sealed last. */
  readonly #deleted = new Set<string>();
  readonly #texts = new Set<string>();
  #lastBatch = 0;
  #lastEntry = 0;
  #run = { startedAt: 0, deletes: 0, approved: null as number | null };
  #lastScanAt = 0;

  constructor(table: LegacyTable, shape: WorldShape, now: () => number) {
    this.#table = table;
    this.#shape = shape;
    this.#now = now;
  }

  /** The log of the agent: silent, but read. */
  readonly log: Log = {
    debug: (event, fields) => this.#read("a log line", event, fields),
    info: (event, fields) => this.#read("a log line", event, fields),
    warn: (event, fields) => this.#read("a log line", event, fields),
    error: (event, fields) => this.#read("a log line", event, fields),
  };

  onRun(site: Site): void {
    const { approvedDeletes } = readPipelineState(site.store, stream.pipeline);
    const ofReconciliation =
      readReconciliation(site.store, stream.pipeline)?.approvedDeletes ?? null;
    const approved =
      approvedDeletes === null && ofReconciliation === null
        ? null
        : Math.max(approvedDeletes ?? 0, ofReconciliation ?? 0);
    this.#run = { startedAt: this.#now(), deletes: 0, approved };
  }

  /** An operator lets so many deletions pass. */
  onApproved(deletes: number): void {
    this.#run.approved = Math.max(this.#run.approved ?? 0, deletes);
  }

  onScan({ columns }: Pick<ScanRequest, "columns">): void {
    this.#lastScanAt = this.#now();
    for (const { name } of columns)
      if (name === "secret" || name === "inner") this.#note(`I5: the agent reads column ${name}`);
  }

  /** The agent has another directory: what is in it was sealed before, or never. */
  onMoved({ outbox }: Site): void {
    this.#lastBatch = outbox.batches({ limit: 100_000 }).at(-1)?.id ?? 0;
    this.#lastEntry = outbox.ledger.verify().entries;
  }

  /** Whether the keys of batches that were voided since the last look are marked to be read again. */
  onVoided({ outbox }: Site, state: () => PipelineState | undefined): void {
    for (const { seq, kind, detail } of outbox.ledger.list({
      after: this.#lastEntry,
      limit: 10_000,
    })) {
      this.#lastEntry = seq;
      const { voided = 0, epoch } = detail as { voided?: number; epoch?: number };
      if (kind !== "epoch-begun" || voided === 0 || this.#shape.mode === "replace") continue;
      if (state()?.resync !== true)
        this.#note(`I1: nothing is read again of what was voided before epoch ${epoch}`);
    }
  }

  /** Looks at what was sealed since the last look. */
  onSealed({ outbox }: Site, directory: string): readonly SeenBatch[] {
    const fresh: SeenBatch[] = [];
    // Asked for the numbers alone: a list of batches takes as long as all else that is looked at.
    const sealed = outbox.store.database
      .prepare<{ id: number }>("SELECT id FROM batch WHERE id > ? ORDER BY id")
      .all(this.#lastBatch);
    for (const { id } of sealed) {
      this.#lastBatch = id;
      const row = outbox.batchTable.get(id);
      const body = outbox.batchTable.body(id);
      if (row === undefined || body === undefined) continue;
      const batch = readBatch(bytesOf({ encoding: row.encoding, body }));
      if (batch.digest !== row.digest)
        this.#note(`I3: batch ${nameOf(batch)} is stored as other bytes`);
      this.#takeDown(batch, directory);
      // What is sealed again in another epoch was read, and agreed to, before.
      if (row.ordinal === id) {
        this.#checkUpserts(batch);
        this.#checkDeletes(batch);
      }
      fresh.push(batch);
    }
    return fresh;
  }

  /** Bytes that reached the network on their way to the platform. */
  onSent(bytes: Uint8Array, directory: string): void {
    const text = Buffer.from(bytes).toString("utf8");
    for (const canary of [SECRET_CANARY, INNER_CANARY])
      if (text.includes(canary)) this.#note(`I5: a request carries ${canary}`);
    this.#takeDown(readBatch(bytes), directory);
  }

  onApplied(batch: SeenBatch): void {
    const last = this.applied.at(-1);
    const follows =
      last === undefined || batch.epoch > last.epoch
        ? batch.sequence === 1
        : batch.epoch === last.epoch && batch.sequence === last.sequence + 1;
    if (!follows)
      this.#note(
        `I4: ${nameOf(batch)} was applied after ${last === undefined ? "nothing" : nameOf(last)}`,
      );
    this.applied.push(batch);
  }

  /** What the platform has applied until now; the answer makes it that again, when it is restored. */
  remember(): () => void {
    const then = [...this.applied];
    return () => void this.applied.splice(0, Infinity, ...then);
  }

  note(violation: string): void {
    this.#note(violation);
  }

  #note(violation: string): void {
    if (!this.violations.includes(violation)) this.violations.push(violation);
  }

  /** A directory that was restored gives the same number to another batch. */
  #takeDown(batch: SeenBatch, directory: string): void {
    const name = `${nameOf(batch)} of ${directory}`;
    const known = this.#sealed.get(name);
    if (known === undefined) this.#sealed.set(name, batch);
    else if (known.digest !== batch.digest)
      this.#note(`I3: batch ${nameOf(batch)} changed after it was sealed`);
  }

  /** What is sealed of a row was read in the run that seals it, unless it was sealed before and is sealed again. */
  #checkUpserts({ changes }: SeenBatch): void {
    for (const { code, text } of changes) {
      if (text === undefined || this.#texts.has(text)) continue;
      this.#texts.add(text);
      const { startedAt } = this.#run;
      if (!this.#table.wasSince(code, startedAt, (row) => isRecordOf(row, text)))
        this.#note(`${text} is sealed, and was not there when the run began or later`);
    }
  }

  /** A comparison deletes only what was not there when it looked last, and not more than the guard lets pass. */
  #checkDeletes({ changes }: SeenBatch): void {
    const { mode, onInvalid, maxDeletes, reconciles, disasters } = this.#shape;
    const comparesAll = reconciles || disasters !== undefined;
    // The platform may have refused a deletion for the time being: sending it again was agreed to before.
    const fresh = changes.filter(({ op, code }) => op === "delete" && !this.#deleted.has(code));
    for (const { op, code } of changes)
      if (op === "delete") this.#deleted.add(code);
      else this.#deleted.delete(code);
    if (onInvalid !== "keep" || mode === "replace" || (mode === "cursor" && !comparesAll)) return;
    // In mode cursor a poll deletes what a row says of itself, and a reconciliation what no row says.
    const isFlagged = (code: string): boolean =>
      this.#table.wasSince(code, this.#run.startedAt, (row) => !this.#table.isLive(row));
    const deletes = mode !== "cursor" ? fresh : fresh.filter(({ code }) => !isFlagged(code));
    for (const { code } of fresh)
      if (this.#table.isLiveSince(code, this.#lastScanAt))
        this.#note(`${code} is deleted though it is there`);
    const { startedAt, approved } = this.#run;
    this.#run.deletes += deletes.length;
    const empty = (this.#table.emptySince ?? Infinity) < startedAt;
    const most = Math.max(empty ? 0 : maxDeletes, approved ?? 0);
    if (this.#run.deletes > most)
      this.#note(
        `${this.#run.deletes} deletes pass a guard of ${most}${empty ? ", table empty" : ""}`,
      );
  }

  #read(where: string, event: string, fields: unknown): void {
    const text = inspect([event, fields], { depth: 8 });
    for (const canary of [SECRET_CANARY, INNER_CANARY, KEY_CANARY])
      if (text.includes(canary)) this.#note(`I5: ${where} shows ${canary}: ${event}`);
  }
}

/** By either mapping: see `Disaster`. */
const isRecordOf = (row: LegacyRow, text: string): boolean =>
  [true, false].some((hasAmount) => recordText(row, { hasAmount }) === text);

const nameOf = ({ epoch, sequence }: SeenBatch): string => `${epoch}/${sequence}`;
