import type { SealedBatch } from "@qianzhi/sdk";
import { recordHashOf, type TableChange } from "./changes.ts";
import type { Engine, InsertColumn, Purpose, Statement } from "./engine/engine.ts";
import type { StreamRow } from "./stream-row.ts";

export interface Noting {
  readonly engine: Engine;
  readonly stream: StreamRow;
  readonly batch: SealedBatch;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
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
const keyColumns = ["stream", "key_hash"];
const changingColumns = ["record_hash", "epoch", "sequence", "sent_at"];

export const notePurpose: Purpose = { table: "qz_record", operation: "INSERT" };

/**
 * The statement that notes of each record what was handed over last. When they are new it fails by one that is known, so
 * that the ledger need not be asked about them first.
 */
export function notesOf(
  changes: readonly TableChange[],
  { engine, stream, batch: { manifest }, sentAt }: Noting,
  areNew: boolean,
): Statement {
  const id = String(stream.id);
  const place = [manifest.epoch, manifest.sequence, sentAt].map(String);
  const statement = engine.insertInto(notePurpose.table, recordColumns);
  for (const { keyHash, keyText, recordText } of changes)
    statement.add([
      id,
      engine.bytesCell(keyHash),
      engine.cell(keyText),
      recordText === null ? "NULL" : engine.bytesCell(recordHashOf(keyText, recordText)),
      ...place,
    ]);
  return statement.end(areNew ? "" : engine.onConflict(keyColumns, changingColumns));
}
