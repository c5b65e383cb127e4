import type { ContentSeal, Database } from "@qianzhi/exchange";
import type { KeyedHash } from "../pipeline/row-hash.ts";

/** What a row of the source claims: the record key that it maps to. */
export interface KeyClaim {
  readonly key: string;
  /** The platform may have a record of this key. The same for all rows that claim it. */
  readonly sent: boolean;
}

export interface Claimant {
  /** Names the row in this index. */
  readonly row: string;
  /** To read the row again; null when it was claimed under other key columns, which mean nothing now. */
  readonly sourceKey: string | null;
  readonly sent: boolean;
}

/**
 * Which rows of the source map to which record key, where one is not the other: two rows with one key may stand any
 * number of pages, blocks or polls apart. On disk, by keyed hashes and encrypted; changed in the sealing transaction.
 */
export interface KeyClaims {
  /** Names a row; `keyedBy` when it was claimed under other key columns than those in force. */
  rowOf(sourceKey: string, keyedBy?: string): string;
  of(row: string): KeyClaim | undefined;
  claimants(key: string): readonly Claimant[];
  /** A row claims one key at a time. */
  set(sourceKey: string, claim: KeyClaim): void;
  remove(row: string): void;
  /** The platform is told to forget the record of this key. */
  withdraw(key: string): void;
}

interface Row {
  readonly source_row: string;
  readonly sent: number;
  readonly content: Uint8Array;
}

type Content = readonly [keyedBy: string, sourceKey: string, key: string];

export interface ClaimOptions {
  readonly pipeline: string;
  readonly keyedBy: string;
  readonly keyed: KeyedHash;
  readonly seal: ContentSeal;
}

export function openKeyClaims(
  database: Database,
  { pipeline, keyedBy, keyed, seal }: ClaimOptions,
): KeyClaims {
  const byRow = database.prepare<Row>(
    "SELECT * FROM key_claim WHERE pipeline = ? AND source_row = ?",
  );
  const byKey = database.prepare<Row>(
    "SELECT * FROM key_claim WHERE pipeline = ? AND record_key = ? ORDER BY source_row",
  );
  const insert = database.prepare("INSERT OR REPLACE INTO key_claim VALUES (?, ?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM key_claim WHERE pipeline = ? AND source_row = ?");
  const forget = database.prepare(
    "UPDATE key_claim SET sent = 0 WHERE pipeline = ? AND record_key = ?",
  );
  const opened = ({ content }: Row): Content => JSON.parse(seal.decrypt(content)) as Content;
  const rowOf = (sourceKey: string, under = keyedBy): string =>
    keyed(JSON.stringify([under, sourceKey]));
  return {
    rowOf,
    of(row) {
      const found = byRow.get(pipeline, row);
      return found === undefined ? undefined : { key: opened(found)[2], sent: found.sent === 1 };
    },
    claimants: (key) =>
      byKey.all(pipeline, keyed(key)).map((found) => {
        const [under, sourceKey] = opened(found);
        return {
          row: found.source_row,
          sourceKey: under === keyedBy ? sourceKey : null,
          sent: found.sent === 1,
        };
      }),
    set(sourceKey, { key, sent }) {
      const content = seal.encrypt(JSON.stringify([keyedBy, sourceKey, key] satisfies Content));
      insert.run(pipeline, rowOf(sourceKey), keyed(key), sent ? 1 : 0, content);
    },
    remove: (row) => void remove.run(pipeline, row),
    withdraw: (key) => void forget.run(pipeline, keyed(key)),
  };
}
