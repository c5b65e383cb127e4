import { QianzhiError } from "@qianzhi/sdk";
import type { Database, OpenDatabase, SqlValue, Statement } from "../database/database.ts";
import { databaseError, isFailedSync } from "../database/database-error.ts";

/**
 * How long a statement waits for another process's transaction. Transactions here last milliseconds; the wait blocks the
 * thread, so it is bounded.
 */
const BUSY_TIMEOUT_MS = 10_000;

/** Pages of 8 KiB hold a compressed batch in few pages. Takes effect only in a new file. */
const PAGE_BYTES = 8192;

export interface ConnectionOptions {
  readonly path: string;
  readonly open: OpenDatabase;
  /** The write-ahead log is folded into the database when it reaches this size. */
  readonly walBytes: number;
  /** Told when SQLite finds the file damaged; nothing is read or written through this connection any more. */
  readonly onDamage: (error: QianzhiError) => void;
}

/**
 * One connection to the outbox file that outlives a failed fsync: the file is opened anew and statements prepare
 * themselves again. Statements are cached by text, so `prepare` may be called as often as one likes. All errors are typed.
 */
export class Connection implements Database {
  readonly #options: ConnectionOptions;
  #database: Database;
  #statements = new Map<string, Statement<unknown>>();
  #broken = false;
  #damage: QianzhiError | undefined;
  #closed = false;
  #isOpen = false;
  #reopening: Promise<void> | undefined;
  #reopenings = 0;

  private constructor(options: ConnectionOptions, database: Database) {
    this.#options = options;
    this.#database = database;
  }

  static async open(options: ConnectionOptions): Promise<Connection> {
    const database = await options.open(options.path);
    const connection = new Connection(options, database);
    try {
      connection.#configure();
    } catch (error) {
      database.close();
      throw error;
    }
    return connection;
  }

  /** How often the file was opened anew. */
  get reopenings(): number {
    return this.#reopenings;
  }

  /** True after a failed fsync, until the file is open anew. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Throws QZ_STORE_CORRUPT once the file was found damaged. Throws QZ_STORE_IO while the connection is broken, and has it
   * opened anew for whoever comes later.
   */
  checkUsable(): void {
    if (this.#damage !== undefined) throw this.#damage;
    if (!this.#broken) return;
    if (this.#reopening === undefined) {
      this.#reopening = this.#reopen()
        .catch(() => undefined)
        .finally(() => (this.#reopening = undefined));
    }
    throw new QianzhiError("QZ_STORE_IO", { path: this.#options.path });
  }

  async #reopen(): Promise<void> {
    this.#statements.clear();
    try {
      this.#database.close();
    } catch {
      // A connection whose file went bad may not close cleanly; it is abandoned either way.
    }
    const database = await this.#options.open(this.#options.path);
    if (this.#closed) {
      database.close();
      return;
    }
    this.#database = database;
    this.#configure();
    this.#reopenings += 1;
    this.#broken = false;
  }

  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  prepare<R>(sql: string): Statement<R> {
    const statement = (): Statement<R> => {
      const known = this.#statements.get(sql);
      if (known !== undefined) return known as Statement<R>;
      const prepared = this.#database.prepare<R>(sql);
      this.#statements.set(sql, prepared);
      return prepared;
    };
    const usable = <T>(run: () => T): T => {
      this.checkUsable();
      return this.#guard(run);
    };
    return {
      run: (...values: readonly SqlValue[]) => usable(() => statement().run(...values)),
      get: (...values: readonly SqlValue[]) => usable(() => statement().get(...values)),
      all: (...values: readonly SqlValue[]) => usable(() => statement().all(...values)),
      // A cached statement that is being iterated must not be reset by a second use of the same text.
      iterate: (...values: readonly SqlValue[]) =>
        this.#each(usable(() => this.#database.prepare<R>(sql).iterate(...values))),
    };
  }

  /** Closing twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      // Statements that are not collected yet keep SQLite from folding the log by itself when it closes.
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // A full or failing disk: the log is folded at the next start.
    }
    this.#statements.clear();
    this.#database.close();
  }

  #configure(): void {
    this.#isOpen = false;
    this.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    this.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
    // So that a backlog's space can be given back to the disk. Takes effect only in a new file, before the log mode.
    this.exec("PRAGMA auto_vacuum = INCREMENTAL");
    this.exec("PRAGMA journal_mode = WAL");
    this.exec("PRAGMA synchronous = FULL");
    this.exec("PRAGMA foreign_keys = ON");
    // Erased bytes are overwritten, not only unlinked: a voided batch may not be read from the file afterwards.
    this.exec("PRAGMA secure_delete = ON");
    this.exec(
      `PRAGMA wal_autocheckpoint = ${Math.max(1, Math.floor(this.#options.walBytes / PAGE_BYTES))}`,
    );
    this.exec(`PRAGMA journal_size_limit = ${this.#options.walBytes}`);
    this.#isOpen = true;
  }

  /** A damaged page may show only in the middle of a walk. */
  *#each<R>(rows: IterableIterator<R>): Generator<R> {
    try {
      for (;;) {
        const next = this.#guard(() => rows.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      rows.return?.();
    }
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (isFailedSync(error)) this.#broken = true;
      const typed = databaseError(error, this.#options.path, this.#isOpen);
      if (typed.code === "QZ_STORE_CORRUPT") {
        this.#damage ??= typed;
        this.#options.onDamage(typed);
      }
      throw typed;
    }
  }
}
