import {
  QianzhiError,
  type Refusal,
  type ResourceDescriptor,
  type SealedBatch,
} from "@qianzhi/sdk";
import { changesOf, type TableChange } from "./changes.ts";
import { describeTable } from "./describe-table.ts";
import { literal, type Engine, type Session } from "./engine/engine.ts";
import { KEYS_AT_ONCE, knownRecords, type KnownRecord } from "./known-records.ts";
import { momentText, SECOND_MS } from "./moment.ts";
import { noteBatch } from "./note-batch.ts";
import { notePurpose } from "./note-records.ts";
import type { TablesOptions } from "./options.ts";
import { oneAhead, piecesOf } from "./one-ahead.ts";
import { systemCells } from "./plan-table.ts";
import { batchNumber, tableOf, type Profile } from "./profile.ts";
import { positionOf, streamRow, type StreamRow } from "./stream-row.ts";
import type { tableWriters, TableWriter } from "./table-writer.ts";
import { writeChanges, type Changing, type WrittenChanges } from "./write-changes.ts";

export interface Writing {
  readonly engine: Engine;
  readonly options: TablesOptions;
  readonly profile: Profile;
  readonly resource: ResourceDescriptor;
  readonly writers: ReturnType<typeof tableWriters>;
  /** Streams whose last batch held nothing but records that were never handed over before, as those of a load do. */
  readonly loading: Set<number>;
}

/** What became of a batch in the tables: the lines that they do not take. */
export interface Written {
  readonly refused: readonly Refusal[];
}

/**
 * Writes a batch, within a transaction: its rows, which record has what now, that the batch was handed over, and where the
 * stream stands. A batch that was handed over before, whoever lost the answer, writes nothing and is answered as then. The
 * stream's row is locked first, so that a transaction that is still under way somewhere is waited for. When records that were
 * taken for new are not, the transaction is begun again. Throws
 * QZ_STREAM_UNKNOWN, QZ_CHAIN_CONFLICT or QZ_EPOCH_OLD, with the position.
 */
export async function writeBatch(
  session: Session,
  batch: SealedBatch,
  writing: Writing,
): Promise<Written> {
  const { manifest, digest } = batch;
  const stream = await streamRow(session, manifest, "locked");
  if (stream === undefined) throw new QianzhiError("QZ_STREAM_UNKNOWN", { ...manifest });
  const before = await handedOver(session, stream, batch);
  if (before !== undefined) return before;
  checkChain(stream, batch);
  const { engine, options, profile, resource, loading } = writing;
  const table = tableOf(profile, manifest.resource);
  const facts = await describeTable(session, engine, options, table);
  const reading = { ...writing, stream, batch, writer: writing.writers(facts, resource) };
  const now = await nowOf(session, engine);
  const written = loading.has(stream.id)
    ? await writeChanges(
        session,
        changesOf(batch, resource),
        changing(reading, undefined, sendingTime(now, [])),
      )
    : await writeKnown(session, reading, now);
  if (written.foundKnown) {
    loading.delete(stream.id);
    await session.query("ROLLBACK", notePurpose);
    await session.query("BEGIN", notePurpose);
    return writeBatch(session, batch, writing);
  }
  await noteBatch(session, written, { ...reading, table });
  await session.query(
    `UPDATE qz_stream SET sequence = ${manifest.sequence}, digest = ${literal(digest)} WHERE id = ${stream.id}`,
    { table: "qz_stream", operation: "UPDATE" },
  );
  return written;
}

async function handedOver(
  session: Session,
  { id }: StreamRow,
  { manifest: { epoch, sequence }, digest }: SealedBatch,
): Promise<Written | undefined> {
  const [row] = await session.query(
    `SELECT digest, refused FROM qz_batch WHERE stream = ${id} AND epoch = ${epoch} AND sequence = ${sequence}`,
    { table: "qz_batch", operation: "SELECT" },
  );
  return row !== undefined && row[0] === digest
    ? { refused: JSON.parse(String(row[1])) as readonly Refusal[] }
    : undefined;
}

function checkChain(stream: StreamRow, { manifest }: SealedBatch): void {
  const { site, pipeline, epoch, sequence, predecessor } = manifest;
  const isNext =
    epoch === stream.epoch && sequence === stream.sequence + 1 && predecessor === stream.digest;
  if (isNext) return;
  throw new QianzhiError(epoch < stream.epoch ? "QZ_EPOCH_OLD" : "QZ_CHAIN_CONFLICT", {
    site,
    pipeline,
    epoch,
    position: positionOf(stream),
  });
}

interface Reading extends Writing {
  readonly stream: StreamRow;
  readonly batch: SealedBatch;
  readonly writer: TableWriter;
}

/** Writes a batch after the ledger was asked what it knows of its records. */
async function writeKnown(
  session: Session,
  reading: Reading,
  now: number,
): Promise<WrittenChanges> {
  const { loading, stream } = reading;
  const { changes, known } = await readBatch(session, reading);
  if (known.size === 0) loading.add(stream.id);
  else loading.delete(stream.id);
  const sentAt = sendingTime(now, known.values());
  return writeChanges(session, changes, changing(reading, known, sentAt));
}

function changing(reading: Reading, known: Changing["known"], sentAt: number): Changing {
  const { engine, options, profile, batch } = reading;
  const system = systemCells(profile, engine, {
    batch: batchNumber(profile, batch.digest),
    source: options.dataSource ?? "",
    time: momentText(sentAt, options.offset, profile.time?.format),
  });
  return { ...reading, system, known, sentAt };
}

/**
 * The last change of each key, in the order of the lines, and what the ledger knows of the records by the hash of their
 * key. Where a batch deletes a record and holds it again, the rows of both would have one time.
 */
async function readBatch(
  session: Session,
  { batch, resource, engine, stream }: Reading,
): Promise<{
  readonly changes: readonly TableChange[];
  readonly known: ReadonlyMap<string, KnownRecord>;
}> {
  const changes = new Map<string, TableChange>();
  const known = new Map<string, KnownRecord>();
  await oneAhead(
    piecesOf(
      changesOf(batch, resource),
      () => KEYS_AT_ONCE,
      () => 1,
    ),
    async (some) => {
      for (const change of some) {
        changes.delete(change.keyHash);
        changes.set(change.keyHash, change);
      }
      const hashes = some.map(({ keyHash }) => keyHash);
      for (const [hash, record] of await knownRecords(session, engine, stream, hashes))
        known.set(hash, record);
    },
  );
  return { changes: [...changes.values()], known };
}

async function nowOf(session: Session, { now }: Engine): Promise<number> {
  const [row] = await session.query(`SELECT ${now}`, { table: "qz_batch", operation: "SELECT" });
  return Number(row?.[0]);
}

/** The time of the batch's rows: consumers order the rows of a record by it, so that it is later than all before. */
function sendingTime(now: number, known: Iterable<KnownRecord>): number {
  let sentAt = Math.floor(now / SECOND_MS) * SECOND_MS;
  for (const record of known) if (record.sentAt >= sentAt) sentAt = record.sentAt + SECOND_MS;
  return sentAt;
}
