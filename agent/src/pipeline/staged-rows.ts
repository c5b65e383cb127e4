import { createCipheriv, createDecipheriv } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  databaseError,
  type Database,
  type OpenDatabase,
  type StoreFiles,
} from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { Random } from "@qianzhi/sdk";

/** One row in the staged copy: what orders it, and its text. */
export interface StagedRow {
  /** Sixteen bytes that only this site can make of the row's source key; null where a key column is NULL. */
  readonly order: Uint8Array | null;
  readonly text: string;
}

export interface StagedRange {
  readonly from?: Uint8Array;
  readonly until?: { readonly order: Uint8Array; readonly inclusive: boolean };
  readonly limit: number;
}

/** A copy of one listing on the local disk, there to be read in an order. */
export interface StagedRows {
  /**
   * Adds rows in one go; answers those of which one with the same key was there already, and which are left out. Throws
   * QZ_OUTBOX_FULL, QZ_DISK_FULL.
   */
  add(rows: readonly StagedRow[]): readonly StagedRow[];
  /** Rows that have a key, in order. */
  range(range: StagedRange): readonly StagedRow[];
  at(order: Uint8Array): string | undefined;
  withoutKey(limit: number): readonly string[];
  /** Rows as they were added, after the one with this number; 0 = from the first. */
  since(n: number, limit: number): readonly (StagedRow & { readonly n: number })[];
  /** Removes the copy. Closing twice is fine. */
  close(): Promise<void>;
}

export interface StagingOptions {
  /** The data directory. */
  readonly directory: string;
  readonly files: StoreFiles;
  readonly openDatabase: OpenDatabase;
  readonly random: Random;
  /** Bytes that the copy may take on the disk. */
  readonly maxBytes: number;
}

const FOLDER = "staging";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Bytes that SQLite needs for a row beside its body: record, row number and entry in the index of keys. */
const ROW_BYTES = 64;

/** Removes what a killed process left behind. Nobody could have read it: its key was in memory alone. */
export const removeStaged = (directory: string): Promise<void> =>
  rm(join(directory, FOLDER), { recursive: true, force: true });

/**
 * Opens an empty copy: rows encrypted one by one under a key that is never written down, and keyed hashes in place of
 * keys. Nothing is made durable, since a crash makes it worthless.
 */
export async function openStagedRows(options: StagingOptions): Promise<StagedRows> {
  const folder = join(options.directory, FOLDER);
  const path = join(folder, `${Buffer.from(options.random.bytes(8)).toString("hex")}.db`);
  await options.files.createDirectory(folder);
  await options.files.createPrivateFile(path);
  const database = await options.openDatabase(path);
  const typed = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw databaseError(error, path);
    }
  };
  typed(() => prepareSchema(database));
  const cipher = rowCipher(options.random.bytes(KEY_BYTES));
  const insert = database.prepare("INSERT OR IGNORE INTO staged (n, place, body) VALUES (?, ?, ?)");
  const find = database.prepare<Stored>("SELECT n, place, body FROM staged WHERE place = ?");
  const keyless = database.prepare<Stored>(
    "SELECT n, place, body FROM staged WHERE place IS NULL LIMIT ?",
  );
  const after = database.prepare<Stored>(
    "SELECT n, place, body FROM staged WHERE n > ? ORDER BY n LIMIT ?",
  );
  const [upTo, below] = ["<=", "<"].map((operator) =>
    database.prepare<Stored>(
      `SELECT n, place, body FROM staged WHERE place >= ? AND place ${operator} ? ORDER BY place LIMIT ?`,
    ),
  );
  const opened = ({ n, place, body }: Stored): StagedRow => ({
    order: place,
    text: cipher.open(n, body),
  });
  let count = 0;
  let bytes = 0;
  let closed = false;

  function addAll(rows: readonly StagedRow[]): readonly StagedRow[] {
    const left: StagedRow[] = [];
    for (const row of rows) {
      const { order, text } = row;
      const body = cipher.seal(++count, text);
      bytes += body.length + ROW_BYTES;
      if (bytes > options.maxBytes)
        throw new QianzhiError("QZ_OUTBOX_FULL", { limit: options.maxBytes });
      if (Number(insert.run(count, order, body).changes) === 0) left.push(row);
    }
    return left;
  }

  return {
    add: (rows) =>
      typed(() => {
        database.exec("BEGIN");
        const added = addAll(rows);
        database.exec("COMMIT");
        return added;
      }),
    range: ({ from = FIRST, until, limit }) =>
      typed(() => {
        const statement = until?.inclusive === false ? below : upTo;
        return statement?.all(from, until?.order ?? LAST, limit).map(opened) ?? [];
      }),
    at: (order) =>
      typed(() => {
        const stored = find.get(order);
        return stored === undefined ? undefined : opened(stored).text;
      }),
    since: (n, limit) =>
      typed(() => after.all(n, limit).map((row) => ({ n: row.n, ...opened(row) }))),
    withoutKey: (limit) => typed(() => keyless.all(limit).map((stored) => opened(stored).text)),
    async close() {
      if (closed) return;
      closed = true;
      database.close();
      await options.files.remove(path);
    },
  };
}

interface Stored {
  readonly n: number;
  readonly place: Uint8Array | null;
  readonly body: Uint8Array;
}

const FIRST = new Uint8Array();
/** Longer than any place, and greater than all of them. */
const LAST = new Uint8Array(17).fill(255);

function prepareSchema(database: Database): void {
  database.exec("PRAGMA journal_mode = MEMORY");
  database.exec("PRAGMA synchronous = OFF");
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  database.exec("PRAGMA temp_store = MEMORY");
  database.exec("PRAGMA cache_size = -16000");
  database.exec(
    "CREATE TABLE staged (n INTEGER PRIMARY KEY, place BLOB UNIQUE, body BLOB NOT NULL)",
  );
}

/** One key for one copy, and each number used once: the number is nonce enough. */
function rowCipher(key: Uint8Array) {
  const nonceOf = (n: number): Buffer => {
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUIntBE(n, NONCE_BYTES - 6, 6);
    return nonce;
  };
  return {
    seal(n: number, text: string): Uint8Array {
      const cipher = createCipheriv("aes-256-gcm", key, nonceOf(n));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([cipher.getAuthTag(), body]);
    },
    open(n: number, sealed: Uint8Array): string {
      const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(n));
      decipher.setAuthTag(sealed.subarray(0, TAG_BYTES));
      return (
        decipher.update(sealed.subarray(TAG_BYTES), undefined, "utf8") + decipher.final("utf8")
      );
    },
  };
}
