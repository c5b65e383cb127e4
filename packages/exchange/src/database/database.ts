import { databaseError } from "./database-error.ts";

export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface Statement<R = SqlRow> {
  run(...values: readonly SqlValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...values: readonly SqlValue[]): R | undefined;
  all(...values: readonly SqlValue[]): R[];
  iterate(...values: readonly SqlValue[]): IterableIterator<R>;
}

/**
 * The part of SQLite that the store uses. `node:sqlite` and `@photostructure/sqlite` both have it; a simulation wraps it to
 * abandon the connection at any statement. `prepare<R>` asserts the shape of the rows.
 */
export interface Database {
  exec(sql: string): void;
  prepare<R = SqlRow>(sql: string): Statement<R>;
  close(): void;
}

export type OpenDatabase = (
  path: string,
  options?: { readonly readOnly?: boolean },
) => Promise<Database>;

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options: { readonly readOnly: boolean }) => Database;
}

/**
 * Opens an SQLite file with the runtime's own SQLite where it has one (Node 22.13 and later), else with the binary that
 * `@photostructure/sqlite` carries. Throws QZ_STORE_DENIED or QZ_STORE_CORRUPT.
 */
export const openDatabase: OpenDatabase = async (path, options = {}) => {
  const { DatabaseSync } = await sqliteModule();
  try {
    return new DatabaseSync(path, { readOnly: options.readOnly ?? false });
  } catch (error) {
    throw databaseError(error, path);
  }
};

async function sqliteModule(): Promise<SqliteModule> {
  // An older Node answers undefined; Node 22.5–22.12 has the module only behind a flag and answers undefined too.
  const own: unknown = process.getBuiltinModule("node:sqlite");
  if (own !== undefined) return own as SqliteModule;
  return (await import("@photostructure/sqlite")) as unknown as SqliteModule;
}
