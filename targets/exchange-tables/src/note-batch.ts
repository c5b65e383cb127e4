import type { Refusal, SealedBatch } from "@qianzhi/sdk";
import { noteAnswer } from "./answers.ts";
import { KEY_HASH_DIGITS, recordHashOf, type TableChange } from "./changes.ts";
import {
  literal,
  type Engine,
  type InsertColumn,
  type Purpose,
  type Session,
} from "./engine/engine.ts";
import { statements } from "./insert-lines.ts";
import { oneAhead } from "./one-ahead.ts";
import { batchNumber, isAnsweredLater, type Profile } from "./profile.ts";
import type { StreamRow } from "./stream-row.ts";

export interface Noting {
  readonly engine: Engine;
  readonly stream: StreamRow;
  readonly batch: SealedBatch;
}

/** As PostgreSQL names their types; MySQL is not told. */
const recordColumns: readonly InsertColumn[] = [
  { name: "stream", type: "int8" },
  { name: "key_hash", type: "bytea" },
  { name: "key_text", type: "text" },
  { name: "record_hash", type: "bytea" },
  { name: "epoch", type: "int8" },
  { name: "sequence", type: "int8" },
  { name: "sent_at", type: "int8" },
];
/** About how long a row is beside the text of its key, in UTF-16 units. */
const RECORD_UNITS = 192;

const purpose: Purpose = { table: "qz_record", operation: "INSERT" };

export interface NotingRecords extends Noting {
  readonly sentAt: number;
}

/** How records are noted, with the end that the statement has. */
function notesOf({ engine, stream, batch: { manifest }, sentAt }: NotingRecords, end: string) {
  const id = String(stream.id);
  const place = [manifest.epoch, manifest.sequence, sentAt].map(String);
  return {
    weightOf: ({ keyText }: TableChange) => keyText.length + RECORD_UNITS,
    statementOf(some: readonly TableChange[]): string {
      const rows = some.map(({ keyHash, keyText, recordText }) => [
        id,
        engine.bytesCell(keyHash),
        engine.cell(keyText),
        recordText === null ? "NULL" : engine.bytesCell(recordHashOf(keyText, recordText)),
        ...place,
      ]);
      return engine.insertRows(purpose.table, recordColumns, rows) + end;
    },
  };
}

/** Notes of each record what was handed over last. */
export async function noteRecords(
  session: Session,
  changes: readonly TableChange[],
  noting: NotingRecords,
): Promise<void> {
  const replacing = noting.engine.onConflict(
    ["stream", "key_hash"],
    ["record_hash", "epoch", "sequence", "sent_at"],
  );
  const notes = notesOf(noting, ` ${replacing}`);
  await oneAhead(statements(session, changes, notes), async ({ sql = "" }) => {
    await session.query(sql, purpose);
  });
}

/**
 * Notes records that nothing was ever handed over of, so that the ledger need not be asked about them first. Answers them;
 * undefined, and nothing is noted, when one of them is known after all.
 */
export async function noteNewRecords(
  session: Session,
  changes: Iterable<TableChange>,
  noting: NotingRecords,
): Promise<readonly TableChange[] | undefined> {
  const noted: TableChange[] = [];
  let areNew = true;
  await session.query("SAVEPOINT qz_new", purpose);
  await oneAhead(statements(session, changes, notesOf(noting, "")), async ({ some, sql = "" }) => {
    if (!areNew) return;
    areNew = (await session.insert(sql, purpose)) === undefined;
    for (const change of some) noted.push(change);
  });
  if (areNew) return noted;
  await session.query("ROLLBACK TO SAVEPOINT qz_new", purpose);
  return undefined;
}

/** Takes back what was noted of new records that the table did not take. */
export async function forgetRecords(
  session: Session,
  changes: readonly TableChange[],
  { engine, stream }: Noting,
): Promise<void> {
  if (changes.length === 0) return;
  const keys = changes.map(({ keyHash }) => engine.binary(keyHash));
  await session.query(
    `UPDATE qz_record SET record_hash = NULL WHERE stream = ${stream.id} AND key_hash IN (${keys.join(",")})`,
    { table: "qz_record", operation: "UPDATE" },
  );
}

interface NotingBatch extends Noting {
  readonly profile: Profile;
  readonly table: string;
  readonly refused: readonly Refusal[];
}

/** Notes that a batch was handed over, and what the tables did not take of it. */
export async function noteBatch(
  session: Session,
  changes: readonly TableChange[],
  { engine, profile, stream, batch, table, refused }: NotingBatch,
): Promise<void> {
  const { epoch, sequence, deletes, upserts } = batch.manifest;
  const count = deletes + upserts;
  const lines = profile.feedback === undefined ? "NULL" : engine.binary(linesOf(changes, count));
  const isLater = isAnsweredLater(profile);
  await session.query(
    `INSERT INTO qz_batch (stream, epoch, sequence, digest, table_name, batch_number, changes, refused, line_keys,
     handed_at, answered) VALUES (${stream.id}, ${epoch}, ${sequence}, ${literal(batch.digest)},
     ${literal(table)}, ${literal(batchNumber(profile, batch.digest))}, ${count},
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
