import { QianzhiError, type CompiledResource, type Refusal, type SealedBatch } from "@qianzhi/sdk";
import { changesOf, rowIdOf, valuesOf, type TableChange } from "./changes.ts";
import { describeTable } from "./describe-table.ts";
import { literal, type Engine, type Session } from "./engine/engine.ts";
import { insertLines } from "./insert-lines.ts";
import { KEYS_AT_ONCE, knownRecords, type KnownRecord } from "./known-records.ts";
import { compileRow } from "./row-cells.ts";
import { momentText, SECOND_MS } from "./moment.ts";
import { forgetRecords, noteBatch, noteNewRecords, noteRecords } from "./note-batch.ts";
import type { TablesOptions } from "./options.ts";
import { oneAhead, piecesOf } from "./one-ahead.ts";
import { planTable, systemCells, type TablePlan } from "./plan-table.ts";
import { batchNumber, tableOf, type Profile } from "./profile.ts";
import { positionOf, streamRow, type StreamRow } from "./stream-row.ts";

export interface Writing {
  readonly engine: Engine;
  readonly options: TablesOptions;
  readonly profile: Profile;
  readonly resource: CompiledResource;
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
 * stream's row is locked first, so that a transaction that is still under way somewhere is waited for. Throws
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
  const facts = await describeTable(
    session,
    writing.engine,
    writing.options,
    tableOf(writing.profile, manifest.resource),
  );
  const { plan, problems } = planTable(facts, {
    ...writing,
    resource: writing.resource.descriptor,
  });
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  if (plan === undefined)
    throw new QianzhiError("QZ_INTERNAL", { problem: "a table without plan" });
  const noting = { ...writing, stream, batch };
  const now = await nowOf(session, writing.engine);
  const news = writing.loading.has(stream.id)
    ? await noteNewRecords(session, changesOf(batch, writing.resource), {
        ...noting,
        sentAt: sendingTime(now, []),
      })
    : undefined;
  const { changes, known } =
    news === undefined ? await readBatch(session, noting) : { changes: news, known: new Map() };
  if (known.size === 0) writing.loading.add(stream.id);
  else writing.loading.delete(stream.id);
  const sentAt = sendingTime(now, known.values());
  const refused = await insertRecords(session, { ...writing, plan, batch, changes, known, sentAt });
  const isRefused = new Set(refused.map(({ line }) => line));
  if (news === undefined) {
    const taken = changes.filter(({ line }) => !isRefused.has(line));
    await noteRecords(session, taken, { ...noting, sentAt });
  } else {
    const notTaken = news.filter(({ line }) => isRefused.has(line));
    await forgetRecords(session, notTaken, noting);
  }
  await noteBatch(session, changes, { ...noting, table: plan.table, refused });
  await session.query(
    `UPDATE qz_stream SET sequence = ${manifest.sequence}, digest = ${literal(digest)} WHERE id = ${stream.id}`,
    { table: "qz_stream", operation: "UPDATE" },
  );
  return { refused };
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
    piecesOf(changesOf(batch, resource), KEYS_AT_ONCE, () => 1),
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

interface Inserting extends Writing {
  readonly plan: TablePlan;
  readonly batch: SealedBatch;
  readonly changes: readonly TableChange[];
  readonly known: ReadonlyMap<string, KnownRecord>;
  readonly sentAt: number;
}

/** About how long the profile's columns are in a row, in UTF-16 units. */
const SYSTEM_UNITS = 128;

/** Inserts the rows of a batch; answers the lines that the table does not take, in their order. */
async function insertRecords(
  session: Session,
  { plan, batch, changes, known, sentAt, engine, profile, options, resource }: Inserting,
): Promise<readonly Refusal[]> {
  const { site } = batch.manifest;
  const { identifier } = resource.descriptor;
  const system = systemCells(profile, engine, {
    batch: batchNumber(profile, batch.digest),
    source: options.dataSource ?? "",
    time: momentText(sentAt, options.offset, profile.time?.format),
  });
  const leadOf = ({ keyHash, recordText }: TableChange): readonly string[] => {
    const isThere = known.get(keyHash)?.isThere === true;
    const cells = system[recordText === null ? "delete" : isThere ? "update" : "insert"];
    if (profile.row === undefined) return cells;
    return [engine.cell(rowIdOf(site, identifier, keyHash)), ...cells];
  };
  const rowOf = compileRow(plan);
  const unfit = new Map<number, Refusal>();
  const notTaken = await insertLines(session, changes, {
    purpose: { table: plan.table, operation: "INSERT" },
    weightOf: ({ recordText, keyText }) => (recordText ?? keyText).length + SYSTEM_UNITS,
    statementOf(some) {
      const rows: (readonly string[])[] = [];
      for (const change of some) {
        const row = rowOf(leadOf(change), valuesOf(change));
        if ("cells" in row) rows.push(row.cells);
        else {
          const { line } = change;
          unfit.set(line, { line, temporary: false, reasons: row.reasons });
        }
      }
      return rows.length === 0 ? undefined : engine.insertRows(plan.table, plan.columns, rows);
    },
  });
  return [...unfit.values(), ...notTaken].sort((one, other) => one.line - other.line);
}
