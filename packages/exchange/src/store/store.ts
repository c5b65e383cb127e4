import { join } from "node:path";
import { QianzhiError, type World } from "@qianzhi/sdk";
import { openDatabase, type Database, type OpenDatabase } from "../database/database.ts";
import { Connection } from "./connection.ts";
import { defaultLimits, type ExchangeLimits } from "./limits.ts";
import { migrate } from "./migrate.ts";
import { isDamage, STORE_FILE } from "./damage.ts";
import { openReserve, type Reserve } from "./reserve.ts";
import { exchangeSchema, type SchemaPart } from "./schema.ts";
import { openSettings, type Settings } from "./settings.ts";
import type { SiteSecret } from "./site-secret.ts";
import { filesOnDisk, type StoreFiles } from "./store-files.ts";

export interface StoreOptions {
  /** Created, readable by its owner alone, when it does not exist. */
  readonly directory: string;
  /** Tables that the program keeps in the same file. */
  readonly schemas?: readonly SchemaPart[];
  readonly limits?: Partial<ExchangeLimits>;
  readonly world: World;
  readonly openDatabase?: OpenDatabase;
  /** Files on the disk unless said. */
  readonly files?: StoreFiles;
}

export interface TransactionOptions {
  /**
   * False: survives a crash of the process, but a power cut may undo it, with everything after it. For what can be had again
   * by asking, such as a receipt. Default true.
   */
  readonly durable?: boolean;
}

/** The one file of a site or program, and what belongs to it. */
export interface Store {
  readonly directory: string;
  readonly limits: ExchangeLimits;
  readonly world: World;
  readonly files: StoreFiles;
  readonly database: Database;
  readonly settings: Settings;
  readonly secret: SiteSecret;
  readonly reserve: Reserve;
  /** Random name that this data directory was given when it was made: see `stream-instance.ts`. */
  readonly instance: string;
  /**
   * How many transactions were rolled back, and how often the file was opened anew after a failed sync: what was cached
   * before is not to be trusted.
   */
  readonly rollbacks: number;
  /** Aborts, with the error as its reason, when what the store holds turns out to be damaged. */
  readonly damaged: AbortSignal;
  /** Takes notice of an error that says so, wherever it came up: an encrypted content, the body of a batch. */
  noticeDamage(error: unknown): void;
  /**
   * Runs `work` in one transaction that holds the write lock from its start; inside another transaction it joins that.
   * Errors roll back and are thrown on. Throws QZ_STORE_BUSY, QZ_DISK_FULL, QZ_STORE_IO.
   */
  transaction<T>(work: () => T, options?: TransactionOptions): T;
  /** Closing twice is fine. */
  close(): void;
}

/** Opens or creates the store. Throws QZ_STORE_NEWER, QZ_STORE_CORRUPT, QZ_STORE_FOREIGN, QZ_STORE_DENIED. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { directory, world, files = filesOnDisk } = options;
  const limits = { ...defaultLimits, ...options.limits };
  await files.createDirectory(directory);
  const path = join(directory, STORE_FILE);
  const damaged = new AbortController();
  const noticeDamage = (error: unknown): void => {
    if (isDamage(error, directory)) damaged.abort(error);
  };
  await files.createPrivateFile(path);
  const connection = await Connection.open({
    path,
    open: options.openDatabase ?? openDatabase,
    walBytes: limits.walBytes,
    onDamage: noticeDamage,
  });
  try {
    await migrate(connection, path, [exchangeSchema, ...(options.schemas ?? [])]);
    const secret = await files.openSecret(directory, world.random);
    const settings = openSettings(connection);
    checkSecret(settings, secret, path);
    const reserve = await openReserve(directory, limits.reserveBytes);
    const instance = settings.once("instance", () =>
      Buffer.from(world.random.bytes(16)).toString("hex"),
    );
    const transactions = createTransactions(connection);
    return {
      directory,
      limits,
      world,
      files,
      database: connection,
      settings,
      secret,
      reserve,
      instance,
      get rollbacks() {
        return transactions.rollbacks + connection.reopenings;
      },
      damaged: damaged.signal,
      noticeDamage,
      transaction: transactions.run,
      close: () => connection.close(),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** What was encrypted and hashed under another secret is as good as lost. */
function checkSecret(settings: Settings, secret: SiteSecret, path: string): void {
  const mark = Buffer.from(secret.derive("mark")).toString("hex");
  if (settings.once("secret", () => mark) !== mark)
    throw new QianzhiError("QZ_STORE_CORRUPT", { path });
}

function createTransactions(connection: Connection) {
  let active = false;
  const state = { rollbacks: 0, run };

  function run<T>(work: () => T, options: TransactionOptions = {}): T {
    if (active) return work();
    connection.checkUsable();
    if (options.durable === false) connection.exec("PRAGMA synchronous = NORMAL");
    try {
      return locked(work);
    } finally {
      if (options.durable === false && !connection.broken)
        connection.exec("PRAGMA synchronous = FULL");
    }
  }

  function locked<T>(work: () => T): T {
    connection.exec("BEGIN IMMEDIATE");
    active = true;
    try {
      const result = work();
      connection.exec("COMMIT");
      return result;
    } catch (error) {
      state.rollbacks += 1;
      rollBack();
      throw error;
    } finally {
      active = false;
    }
  }

  function rollBack(): void {
    try {
      connection.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself already (a full disk, an I/O error); the first error says why.
    }
  }

  return state;
}
