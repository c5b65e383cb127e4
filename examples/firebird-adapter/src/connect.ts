import { connectByCallback, loadDriver, patience, type Fragment } from "@qianzhi/sql";
import type * as Driver from "node-firebird";
import type { FirebirdOptions } from "./index.ts";

/** What the driver tells of a column of a result. */
export interface Field extends Driver.ColumnMetadata {
  /** In bytes, where `length` counts as if they were sent in UTF-8. */
  readonly nativeLength?: number;
}
type Fields = readonly Field[];
type Statement = Driver.Statement & { readonly output: Fields };
type Fetched = { readonly data: unknown[][]; readonly fetched: boolean };
/** How the driver hands over a value of any size. */
type Blob = (
  transaction: Driver.Transaction,
  opened: (error: unknown, name: string, events: NodeJS.EventEmitter) => void,
) => void;

export type Link = Awaited<ReturnType<typeof connectTo>>;

/** Rows that are fetched at once, unless fewer are wanted. */
const FETCH_ROWS = 500;

/** One connection to a server; every promise rejects with the driver's own error. */
export async function connectTo(options: FirebirdOptions, signal: AbortSignal) {
  const { connectTimeoutMs, statementTimeoutMs, lockTimeoutMs } = { ...patience, ...options };
  const driver = await loadDriver<typeof Driver>(() => import("node-firebird"), "node-firebird");
  // As one of a pool it is not connected again behind our back.
  const exactly = { encoding: "UTF8", numericMode: "safe", isPool: true } as const;
  let db!: Driver.Database;
  let connection: typeof Driver.connection;
  const attach = (done: (error?: Error | null) => void): void => {
    const timer = setTimeout(() => done(new Error("no answer")), connectTimeoutMs).unref();
    driver.attach({ ...options, ...exactly }, (error: Error | null, attached) => {
      clearTimeout(timer);
      db = attached;
      done(error);
    });
    ({ connection } = driver);
  };
  await connectByCallback(attach, () => connection?.disconnect(), signal);

  /** What takes too long is stopped on the server, and rejects then. */
  async function inTime<T>(work: Promise<unknown>): Promise<T> {
    const timer = setTimeout(() => db.cancel(), statementTimeoutMs);
    return work.finally(() => clearTimeout(timer)) as Promise<T>;
  }

  const isolation = driver.ISOLATION_REPEATABLE_READ;
  const mode = { isolation, readOnly: true, waitTimeout: Math.ceil(lockTimeoutMs / 1_000) };

  /** Each statement sees one state of the database, in a transaction of its own that can write nothing. */
  async function* pages({ sql, params }: Fragment, most = FETCH_ROWS, tell = (_: Fields) => {}) {
    const transaction = await db.transactionAsync(mode);
    let statement: Statement | undefined;
    try {
      statement = await inTime<Statement>(transaction.newStatementAsync(sql));
      tell(statement.output);
      await inTime(statement.executeAsync(transaction, [...params]));
      for (let ended = false; !ended;) {
        const count = Math.min(most, FETCH_ROWS);
        const page = await inTime<Fetched>(statement.fetchAsync(transaction, count));
        for (const row of page.data)
          for (const [at, value] of row.entries())
            if (isBlob(value)) row[at] = await inTime(contentOf(value, transaction));
        if (page.data.length > 0) yield page.data;
        ended = page.fetched;
      }
    } finally {
      await statement?.dropAsync().catch(() => {});
      await transaction.commitAsync().catch(() => {});
    }
  }

  async function run(sql: string, ...params: readonly unknown[]) {
    const rows: unknown[][] = [];
    let fields: Fields = [];
    const tell = (told: Fields) => void (fields = told);
    for await (const page of pages({ sql, params }, FETCH_ROWS, tell)) rows.push(...page);
    return { rows, fields };
  }

  async function cancel(): Promise<void> {
    db.cancel();
    // A stop that came too late hits the next statement, which is then this one.
    await run("SELECT 1 FROM RDB$DATABASE").catch(() => {});
  }
  // The driver's own farewell waits for ever for what is under way on a connection that is lost.
  const close = async () => connection?.disconnect();
  return { run, pages, cancel, close };
}

const isBlob = (value: unknown): value is Blob => typeof value === "function";

const contentOf = (blob: Blob, transaction: Driver.Transaction): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    blob(transaction, (error, _name, events) => {
      if (error) return reject(error);
      const parts: Buffer[] = [];
      events.on("data", (part: Buffer) => parts.push(part));
      events.on("end", () => resolve(Buffer.concat(parts))).on("error", reject);
    });
  });
