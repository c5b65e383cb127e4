import type { ReceiptEvent } from "../outbox/receive.ts";
import { contentSeal } from "../quarantine/seal-content.ts";
import type { SchemaPart } from "../store/schema.ts";
import type { Store } from "../store/store.ts";

/**
 * What was last sealed of each key. `record_hash` NULL: the platform may hold something else, so the record is sealed at the
 * next comparison whatever it is. `deleted` rows stay until a comparison has passed and the delete has its receipt: they say that
 * an older reading of the key is out of date, and that a delete which was voided is to be sealed again. `ordinal` is the batch that sealed it.
 */
export const publisherSchema: SchemaPart = {
  name: "publisher",
  migrations: [
    `
    CREATE TABLE published (
      stream TEXT NOT NULL, key_hash BLOB NOT NULL, record_hash BLOB, key BLOB NOT NULL,
      ordinal INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (stream, key_hash)
    ) WITHOUT ROWID;
  `,
  ],
};

export interface KeyedChange {
  readonly keyText: string;
  /** Absent for a delete. */
  readonly recordText?: string;
}

export interface PublishedRow {
  readonly keyHash: Uint8Array;
  readonly recordHash: Uint8Array | null;
  readonly ordinal: number;
  readonly deleted: boolean;
}

/** The index of one stream. Writers run inside the transaction that seals. */
export interface PublishedIndex {
  hash(text: string): Uint8Array;
  find(keyText: string): PublishedRow | undefined;
  /** The changes of the batch just sealed. */
  sealed(changes: readonly KeyedChange[]): void;
  /** Refused versions do not count as sealed; the platform keeps what it had. */
  refused(event: ReceiptEvent): void;
  /** The last batch of the whole outbox. */
  lastOrdinal(): number;
  count(): number;
  /** Forgets deletes, sealed up to `until`, that have their receipt. */
  forgetDeleted(until: number): void;
  /** Key texts whose delete was sealed up to `until`, in pages. */
  deleted(until: number, limit: number): readonly string[];
  /** Key texts, sealed up to `until`, that `seen` does not have, in pages. */
  absent(run: string, until: number, limit: number): readonly string[];
  countAbsent(run: string, until: number): number;
  /** Marks a key as seen by a comparison; false when it was seen before. */
  see(run: string, keyText: string): boolean;
  endRun(run: string): void;
}

interface Row {
  readonly key_hash: Uint8Array;
  readonly record_hash: Uint8Array | null;
  readonly ordinal: number;
  readonly deleted: number;
}

const ABSENT = `FROM published p WHERE stream = ? AND deleted = 0 AND ordinal <= ?
  AND NOT EXISTS (SELECT 1 FROM temp.seen s WHERE s.run = ? AND s.key_hash = p.key_hash)`;

export function openPublishedIndex(store: Store, stream: string): PublishedIndex {
  const { database } = store;
  const seal = contentSeal(store.secret, store.world.random, "published");
  database.exec(`CREATE TEMP TABLE IF NOT EXISTS seen (run TEXT NOT NULL, key_hash BLOB NOT NULL,
    PRIMARY KEY (run, key_hash)) WITHOUT ROWID`);
  const find = database.prepare<Row>("SELECT * FROM published WHERE stream = ? AND key_hash = ?");
  const last = database.prepare<{ id: number | null }>("SELECT max(id) AS id FROM batch");
  const write = database.prepare(`INSERT INTO published VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (stream, key_hash) DO UPDATE SET
      record_hash = excluded.record_hash, ordinal = excluded.ordinal, deleted = excluded.deleted`);
  const doubt = database.prepare(
    "UPDATE published SET record_hash = NULL, deleted = 0 WHERE stream = ? AND key_hash = ?",
  );
  const count = database.prepare<{ n: number }>(
    "SELECT count(*) AS n FROM published WHERE stream = ? AND deleted = 0",
  );
  const forget = database.prepare(
    `DELETE FROM published WHERE stream = ? AND deleted = 1 AND ordinal <= ? AND ordinal < coalesce(
      (SELECT min(ordinal) FROM batch WHERE state IN ('sealed', 'handed', 'reseal')), 9e15)`,
  );
  const deleted = database.prepare<{ key: Uint8Array }>(
    `SELECT key FROM published WHERE stream = ? AND deleted = 1 AND ordinal <= ? ORDER BY key_hash LIMIT ?`,
  );
  const absent = database.prepare<{ key: Uint8Array }>(
    `SELECT key ${ABSENT} ORDER BY key_hash LIMIT ?`,
  );
  const countAbsent = database.prepare<{ n: number }>(`SELECT count(*) AS n ${ABSENT}`);
  const see = database.prepare("INSERT INTO temp.seen VALUES (?, ?) ON CONFLICT DO NOTHING");
  const endRun = database.prepare("DELETE FROM temp.seen WHERE run = ?");
  const lastOrdinal = (): number => last.get()?.id ?? 0;

  return {
    hash: (text) => seal.hash(text),
    find(keyText) {
      const row = find.get(stream, seal.hash(keyText));
      if (row === undefined) return undefined;
      return {
        keyHash: row.key_hash,
        recordHash: row.record_hash,
        ordinal: row.ordinal,
        deleted: row.deleted === 1,
      };
    },
    sealed(changes) {
      const ordinal = lastOrdinal();
      for (const { keyText, recordText } of changes) {
        const recordHash = recordText === undefined ? null : seal.hash(recordText);
        const deleted = recordText === undefined ? 1 : 0;
        write.run(stream, seal.hash(keyText), recordHash, seal.encrypt(keyText), ordinal, deleted);
      }
    },
    refused(event) {
      for (const { keyText } of event.refused) doubt.run(stream, seal.hash(keyText));
    },
    lastOrdinal,
    count: () => count.get(stream)?.n ?? 0,
    forgetDeleted: (until) => void forget.run(stream, until),
    deleted: (until, limit) =>
      deleted.all(stream, until, limit).map(({ key }) => seal.decrypt(key)),
    absent: (run, until, limit) =>
      absent.all(stream, until, run, limit).map(({ key }) => seal.decrypt(key)),
    countAbsent: (run, until) => countAbsent.get(stream, until, run)?.n ?? 0,
    see: (run, keyText) => Number(see.run(run, seal.hash(keyText)).changes) === 1,
    endRun: (run) => void endRun.run(run),
  };
}
