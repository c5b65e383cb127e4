import {
  QianzhiError,
  type CompiledResource,
  type JsonRecord,
  type Refusal,
  type RefusalReason,
  type SealedBatch,
} from "@qianzhi/sdk";
import { changesOf, KEY_HASH_DIGITS, rowIdOf, type TableChange } from "./changes.ts";
import { describeTable } from "./describe-table.ts";
import { hexOf, literal, type Engine, type Purpose, type Session } from "./engine/engine.ts";
import { inStatements, insertLines, oneAhead, type LineRow } from "./insert-rows.ts";
import { momentText, SECOND_MS } from "./moment.ts";
import type { TablesOptions } from "./options.ts";
import { planTable, systemValues, type TablePlan } from "./plan-table.ts";
import { noteAnswer } from "./answers.ts";
import { isAnsweredLater, tableOf, type Profile } from "./profile.ts";
import { positionOf, streamRow, type StreamRow } from "./stream-row.ts";

export interface Writing {
  readonly engine: Engine;
  readonly options: TablesOptions;
  readonly profile: Profile;
  readonly resource: CompiledResource;
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
  const changes = changesOf(batch, writing.resource);
  const known = await knownRecords(session, writing.engine, stream, changes);
  const sentAt = sendingTime(await nowOf(session, writing.engine), known.values());
  const unfit: Refusal[] = [];
  const rows = rowsOf(changes, { ...writing, plan, batch, known, sentAt, unfit });
  const into = `INSERT INTO ${writing.engine.quote(plan.table)} (${plan.columns}) VALUES `;
  const notTaken = await insertLines(session, into, rows, {
    table: plan.table,
    operation: "INSERT",
  });
  const refused = [...unfit, ...notTaken].sort((one, other) => one.line - other.line);
  const isRefused = new Set(refused.map(({ line }) => line));
  const taken = changes.filter(({ line }) => !isRefused.has(line));
  await noteRecords(session, taken, { ...writing, stream, batch, sentAt });
  await noteBatch(session, changes, { ...writing, plan, stream, batch, refused });
  await session.query(
    `UPDATE qz_stream SET sequence = ${manifest.sequence}, digest = ${literal(digest)} WHERE id = ${stream.id}`,
    { table: "qz_stream", operation: "UPDATE" },
  );
  return { refused };
}

/** The name of a batch in the exchange's tables: as many digits of its digest as its column has room for. */
export const batchNumber = ({ batch }: Profile, digest: string): string =>
  digest.slice(0, Math.min(batch?.length ?? digest.length, digest.length));

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

/** What was handed over last of a record. */
interface KnownRecord {
  readonly isThere: boolean;
  readonly sentAt: number;
}

/** Keys asked for at once. */
const KEYS = 1_000;

async function knownRecords(
  session: Session,
  engine: Engine,
  { id }: StreamRow,
  changes: readonly TableChange[],
): Promise<ReadonlyMap<string, KnownRecord>> {
  const known = new Map<string, KnownRecord>();
  for (let at = 0; at < changes.length; at += KEYS) {
    const keys = changes.slice(at, at + KEYS).map(({ keyHash }) => engine.binary(keyHash));
    const rows = await session.query(
      `SELECT key_hash, CASE WHEN record_hash IS NULL THEN 0 ELSE 1 END, sent_at FROM qz_record
       WHERE stream = ${id} AND key_hash IN (${keys.join(",")})`,
      { table: "qz_record", operation: "SELECT" },
    );
    for (const [hash, isThere, sentAt] of rows)
      known.set(hexOf(engine, hash), {
        isThere: Number(isThere) === 1,
        sentAt: Number(sentAt),
      });
  }
  return known;
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

interface Rows extends Writing {
  readonly plan: TablePlan;
  readonly batch: SealedBatch;
  readonly known: ReadonlyMap<string, KnownRecord>;
  readonly sentAt: number;
  /** Takes the lines whose values a column would not hold exactly. */
  readonly unfit: Refusal[];
}

/** The rows of a batch, made as they are asked for. */
function* rowsOf(
  changes: readonly TableChange[],
  { plan, batch, known, sentAt, profile, options, resource, unfit }: Rows,
): Generator<LineRow> {
  const { site } = batch.manifest;
  const { identifier } = resource.descriptor;
  const system = systemValues(profile, {
    batch: batchNumber(profile, batch.digest),
    source: options.dataSource ?? "",
    time: momentText(sentAt, options.offset, profile.time?.format),
  });
  for (const { line, op, values, keyHash } of changes) {
    const items = itemValues(values, plan);
    if (typeof items !== "string") {
      unfit.push({ line, temporary: false, reasons: items });
      continue;
    }
    const isThere = known.get(keyHash)?.isThere === true;
    const operation = op === "delete" ? "delete" : isThere ? "update" : "insert";
    const row = profile.row === undefined ? "" : `'${rowIdOf(site, identifier, keyHash)}', `;
    yield { line, sql: `(${row}${system[operation]}${items})` };
  }
}

/** The values of a record's items, each after a comma; the reasons when the table does not hold them exactly. */
function itemValues(values: JsonRecord, { items }: TablePlan): string | readonly RefusalReason[] {
  const reasons: RefusalReason[] = [];
  let sql = "";
  let written = 0;
  for (const { identifier: item, writer } of items) {
    const value = values[item];
    if (value === undefined || value === null) {
      sql += ", NULL";
      continue;
    }
    written += 1;
    const code = writer.fit(value);
    if (code === undefined) sql += `, ${writer.literal(value)}`;
    else
      reasons.push({
        item,
        code,
        message: `the column ${writer.column.name} does not hold it whole`,
      });
  }
  const given = Object.keys(values);
  // A batch of an older version may hold what the descriptor has no more.
  if (given.length > written)
    for (const item of given)
      if (!items.some(({ identifier }) => identifier === item))
        reasons.push({ item, code: "QZ_ITEM_UNKNOWN", message: "the table has no column for it" });
  return reasons.length > 0 ? reasons : sql;
}

interface Noting extends Writing {
  readonly stream: StreamRow;
  readonly batch: SealedBatch;
}

async function noteRecords(
  session: Session,
  changes: readonly TableChange[],
  { engine, stream, batch: { manifest }, sentAt }: Noting & { readonly sentAt: number },
): Promise<void> {
  const purpose: Purpose = { table: "qz_record", operation: "INSERT" };
  const head =
    "INSERT INTO qz_record (stream, key_hash, key_text, record_hash, epoch, sequence, sent_at) VALUES ";
  const tail = ` ${engine.onConflict(
    ["stream", "key_hash"],
    ["record_hash", "epoch", "sequence", "sent_at"],
  )}`;
  const { id } = stream;
  const { epoch, sequence } = manifest;
  function* rows(): Generator<{ readonly sql: string }> {
    for (const { keyHash, keyText, recordHash } of changes) {
      const hash = recordHash === null ? "NULL" : engine.binary(recordHash);
      yield {
        sql: `(${id}, ${engine.binary(keyHash)}, ${literal(keyText)}, ${hash}, ${epoch}, ${sequence}, ${sentAt})`,
      };
    }
  }
  await oneAhead(inStatements(session, head, rows()), async (some) => {
    await session.query(head + some.map(({ sql }) => sql).join(",") + tail, purpose);
  });
}

interface NotingBatch extends Noting {
  readonly plan: TablePlan;
  readonly refused: readonly Refusal[];
}

async function noteBatch(
  session: Session,
  changes: readonly TableChange[],
  { engine, profile, stream, batch, plan, refused }: NotingBatch,
): Promise<void> {
  const { epoch, sequence, deletes, upserts } = batch.manifest;
  const count = deletes + upserts;
  const lines = profile.feedback === undefined ? "NULL" : engine.binary(linesOf(changes, count));
  const isLater = isAnsweredLater(profile);
  await session.query(
    `INSERT INTO qz_batch (stream, epoch, sequence, digest, table_name, batch_number, changes, refused, line_keys,
     handed_at, answered) VALUES (${stream.id}, ${epoch}, ${sequence}, ${literal(batch.digest)},
     ${literal(plan.table)}, ${literal(batchNumber(profile, batch.digest))}, ${count},
     ${literal(JSON.stringify(refused))}, ${lines}, ${engine.now}, ${isLater ? 0 : 1})`,
    { table: "qz_batch", operation: "INSERT" },
  );
  // What the tables do not take is known now; only the receipt has to wait.
  if (isLater && refused.length > 0) {
    const { site, pipeline } = batch.manifest;
    const refusals = { site, pipeline, epoch, sequence, digest: batch.digest, refused };
    await noteAnswer(session, engine, site, { refusals });
  }
}

/** The key hash of each line, zeros where a line was overtaken in its own batch. */
function linesOf(changes: readonly TableChange[], count: number): string {
  const lines: string[] = Array.from({ length: count }, () => "0".repeat(KEY_HASH_DIGITS));
  for (const { line, keyHash } of changes) lines[line - 2] = keyHash;
  return lines.join("");
}
