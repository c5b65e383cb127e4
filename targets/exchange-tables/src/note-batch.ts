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

/** Notes of each record what was handed over last. */
export async function noteRecords(
  session: Session,
  changes: readonly TableChange[],
  { engine, stream, batch: { manifest }, sentAt }: Noting & { readonly sentAt: number },
): Promise<void> {
  const purpose: Purpose = { table: "qz_record", operation: "INSERT" };
  const tail = engine.onConflict(
    ["stream", "key_hash"],
    ["record_hash", "epoch", "sequence", "sent_at"],
  );
  const id = String(stream.id);
  const place = [manifest.epoch, manifest.sequence, sentAt].map(String);
  const inserting = {
    weightOf: ({ keyText }: TableChange) => keyText.length + RECORD_UNITS,
    statementOf(some: readonly TableChange[]): string {
      const rows = some.map(({ keyHash, keyText, recordText }) => [
        id,
        engine.bytesCell(keyHash),
        engine.cell(keyText),
        recordText === null ? "NULL" : engine.bytesCell(recordHashOf(keyText, recordText)),
        ...place,
      ]);
      return `${engine.insertRows(purpose.table, recordColumns, rows)} ${tail}`;
    },
  };
  await oneAhead(statements(session, changes, inserting), async ({ sql = "" }) => {
    await session.query(sql, purpose);
  });
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
