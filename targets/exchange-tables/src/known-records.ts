import { hexOf, type Engine, type Session } from "./engine/engine.ts";
import type { StreamRow } from "./stream-row.ts";

/** What was handed over last of a record. */
export interface KnownRecord {
  readonly isThere: boolean;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/** Keys that are asked for at once. */
export const KEYS_AT_ONCE = 1_000;

/** Those of some records that the ledger knows, by the hash of their key. */
export async function knownRecords(
  session: Session,
  engine: Engine,
  { id }: StreamRow,
  keyHashes: readonly string[],
): Promise<readonly (readonly [string, KnownRecord])[]> {
  // In the order of the ledger's index, which is then walked through once.
  const keys = [...keyHashes].sort().map(engine.binary);
  const rows = await session.query(
    `SELECT key_hash, CASE WHEN record_hash IS NULL THEN 0 ELSE 1 END, sent_at FROM qz_record
     WHERE stream = ${id} AND key_hash IN (${keys.join(",")})`,
    { table: "qz_record", operation: "SELECT" },
  );
  return rows.map(([hash, isThere, sentAt]) => [
    hexOf(engine, hash),
    { isThere: Number(isThere) === 1, sentAt: Number(sentAt) },
  ]);
}
