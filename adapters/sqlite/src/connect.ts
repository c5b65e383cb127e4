import { createRequire } from "node:module";
import { QianzhiError } from "@qianzhi/sdk";

/** The part of `node:sqlite` that is used here; `@photostructure/sqlite` has the same. */
export interface Database {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}
interface Statement {
  all(...params: readonly unknown[]): unknown[];
  iterate(...params: readonly unknown[]): Iterator<unknown> & Iterable<unknown>;
  columns(): readonly { readonly name: string; readonly type: string | null }[];
  setReadBigInts(on: boolean): void;
  setReturnArrays(on: boolean): void;
}
interface Driver {
  readonly DatabaseSync: new (path: string, options: { readOnly: boolean }) => Database;
  readonly StatementSync: { readonly prototype: object };
}

/** Reading waits this long for a writer's commit; the whole program waits with it, so it is short. */
const BUSY_TIMEOUT_MS = 250;

/** Opens the file for reading alone. Errors are the driver's own, QZ_DRIVER_MISSING excepted. */
export function openReadOnly(path: string): Database {
  const { DatabaseSync } = loadDriver();
  const database = new DatabaseSync(path, { readOnly: true });
  // The file is first read here: one that is no database is told apart now, not at the first page.
  database.exec(
    `PRAGMA query_only = ON; PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA schema_version`,
  );
  return database;
}

/** All rows as arrays, integers as bigint. */
export function allRows(
  database: Database,
  sql: string,
  params: readonly unknown[] = [],
): unknown[][] {
  return prepared(database, sql).all(...params) as unknown[][];
}

function prepared(database: Database, sql: string): Statement {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  return statement;
}

const PAGE_ROWS = 2_000;

/** The rows of one statement, page by page; the file stays as it was when the statement began. */
export async function* pagesOf(
  database: Database,
  { sql, params }: { readonly sql: string; readonly params: readonly unknown[] },
  pageRows = PAGE_ROWS,
): AsyncGenerator<unknown[][], void> {
  const statement = prepared(database, sql);
  underWay.add(statement);
  try {
    let page: unknown[][] = [];
    for (const row of statement.iterate(...params)) {
      if (page.push(row as unknown[]) < pageRows) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  } finally {
    underWay.delete(statement);
  }
}

/** One of the drivers does not keep the statement of an iterator, which crashes once it is collected. */
const underWay = new Set<Statement>();

function loadDriver(): Driver {
  const load = createRequire(import.meta.url);
  for (const name of ["node:sqlite", "@photostructure/sqlite"]) {
    const driver = tryLoad(load, name);
    // The runtime's own cannot return arrays before Node 22.16.
    if (driver !== undefined && "setReturnArrays" in driver.StatementSync.prototype) return driver;
  }
  throw new QianzhiError("QZ_DRIVER_MISSING", {
    name: "@photostructure/sqlite",
    command: "npm install @photostructure/sqlite",
  });
}

function tryLoad(load: NodeJS.Require, name: string): Driver | undefined {
  try {
    return load(name) as Driver;
  } catch {
    return undefined;
  }
}
