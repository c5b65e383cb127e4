import { createRequire } from "node:module";

/** The part of `node:sqlite` that the platform uses. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  run(...parameters: readonly SqlValue[]): { readonly changes: number | bigint };
  get(...parameters: readonly SqlValue[]): unknown;
  all(...parameters: readonly SqlValue[]): unknown[];
  iterate(...parameters: readonly SqlValue[]): IterableIterator<unknown>;
}

export type SqlValue = string | number | null | Uint8Array;

type SqliteModule = { readonly DatabaseSync: new (path: string) => Database };

const require = createRequire(import.meta.url);

/** Opens a SQLite file, or `:memory:`, with the runtime's own SQLite where it has one. */
export function openDatabase(path: string): Database {
  const builtin = process.getBuiltinModule("node:sqlite") as SqliteModule | undefined;
  const sqlite = builtin ?? (require("@photostructure/sqlite") as SqliteModule);
  return new sqlite.DatabaseSync(path);
}

/** Runs `work` in one transaction: all of it is kept, or, when it throws, none. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
