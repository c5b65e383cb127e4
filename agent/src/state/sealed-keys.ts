import type { Database } from "@qianzhi/exchange";
import type { KeyedHash } from "../pipeline/row-hash.ts";

/** Which records a pipeline has ever sealed, by keyed hashes of their keys. */
export interface SealedKeys {
  has(recordKey: string): boolean;
  /** In the transaction that seals them, or before it. */
  add(recordKeys: readonly string[]): void;
}

export function openSealedKeys(database: Database, pipeline: string, keyed: KeyedHash): SealedKeys {
  const select = database.prepare("SELECT 1 FROM sealed_key WHERE pipeline = ? AND record_key = ?");
  const insert = database.prepare("INSERT OR IGNORE INTO sealed_key VALUES (?, ?)");
  return {
    has: (recordKey) => select.get(pipeline, keyed(recordKey)) !== undefined,
    add(recordKeys) {
      for (const recordKey of recordKeys) insert.run(pipeline, keyed(recordKey));
    },
  };
}
