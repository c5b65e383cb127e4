/**
 * Tables of ours beside those of the exchange, written in the same transactions. They hold what lets a crash, a lost answer
 * and a restored database be found out instead of guessed at, however the consumer purges or marks its rows:
 *
 * - `qz_stream`: the epoch in force and the last batch of each pipeline;
 * - `qz_batch`: each batch that was handed over, which records stood in its lines, and whether it was answered;
 * - `qz_record`: of each record what was handed over last, as its hash;
 * - `qz_answer`: receipts and refusals as the site fetches them, in order;
 * - `qz_feedback`: rows of the feedback table that were taken up.
 */
export interface LedgerColumn {
  readonly name: string;
  /** `name`: a short plain text, told apart by case; `serial`: numbered by the database. */
  readonly type: "serial" | "whole" | "name" | "text" | "key" | "hash" | "bytes";
  readonly nullable?: boolean;
}

/** Characters of a `name`. */
export const NAME_LENGTH = 128;

export interface LedgerTable {
  readonly name: string;
  readonly columns: readonly LedgerColumn[];
  readonly primaryKey: readonly string[];
  /** Names of further unique columns, together. */
  readonly unique?: readonly string[];
  readonly indexes?: readonly (readonly string[])[];
}

const column = (name: string, type: LedgerColumn["type"], nullable = false): LedgerColumn => ({
  name,
  type,
  ...(nullable ? { nullable } : {}),
});

export const ledgerTables: readonly LedgerTable[] = [
  {
    name: "qz_stream",
    columns: [
      column("id", "serial"),
      column("site", "name"),
      column("pipeline", "name"),
      column("resource", "name"),
      column("epoch", "whole"),
      column("instance", "name"),
      column("nonce", "name"),
      column("sequence", "whole"),
      column("digest", "name"),
    ],
    primaryKey: ["id"],
    unique: ["site", "pipeline", "resource"],
  },
  {
    name: "qz_batch",
    columns: [
      column("stream", "whole"),
      column("epoch", "whole"),
      column("sequence", "whole"),
      column("digest", "name"),
      column("table_name", "name"),
      column("batch_number", "name"),
      column("changes", "whole"),
      column("refused", "text"),
      // The key hash of each line, for feedback; erased with the receipt.
      column("line_keys", "bytes", true),
      column("handed_at", "whole"),
      column("answered", "whole"),
    ],
    primaryKey: ["stream", "epoch", "sequence"],
    indexes: [["batch_number"], ["answered", "handed_at"]],
  },
  {
    name: "qz_record",
    columns: [
      column("stream", "whole"),
      column("key_hash", "key"),
      column("key_text", "text"),
      column("record_hash", "hash", true),
      column("epoch", "whole"),
      column("sequence", "whole"),
      column("sent_at", "whole"),
    ],
    primaryKey: ["stream", "key_hash"],
  },
  {
    name: "qz_answer",
    columns: [
      column("id", "serial"),
      column("site", "name"),
      column("body", "text"),
      // Tells an answer from the one that had its number before the database was restored, or in another.
      column("noted_at", "whole"),
    ],
    primaryKey: ["id"],
  },
  {
    name: "qz_feedback",
    columns: [
      column("id", "name"),
      column("known", "whole"),
      column("batch_number", "name"),
      column("taken_at", "whole"),
    ],
    primaryKey: ["id"],
  },
];
