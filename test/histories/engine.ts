import type { Adapter } from "@qianzhi/sdk";
import type { Weather } from "./weather.ts";

/** A session of the legacy system. Every method runs statements of the database's own. */
export interface WriterSession {
  /** With a name, the transaction will be prepared under it instead of committed. */
  begin(prepareAs?: string): Promise<void>;
  insert(table: string, id: number, value: number): Promise<void>;
  update(table: string, id: number, value: number): Promise<void>;
  /** Marks the row as gone, with a stamp. */
  flag(table: string, id: number): Promise<void>;
  remove(table: string, id: number): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Prepares the transaction and leaves it behind; the session can go on. */
  prepare(): Promise<void>;
  end(): Promise<void>;
}

/** A duration is drawn between the two. */
export interface Between {
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** How many tables are written and polled at the same time, and how fast. */
export interface Pace {
  readonly sideBySide: number;
  /** A session begins no other transaction after so long. */
  readonly actMs: number;
  /** The longest transaction of those that are over before the next poll, mostly. */
  readonly briefMs: number;
  /** Of those that polls meet open. */
  readonly long: Between;
  /** The longest time until a transaction is prepared, of those that will be. */
  readonly preparedMs: number;
  /** The longest pause of a session between two transactions. */
  readonly pauseMs: number;
  /** From the beginning of one poll of all tables to the next, unless it takes longer. */
  readonly polls: Between;
}

/** As an ALTER does, which keeps readers waiting too, or a backup, of the table or of all that the server has. */
export type TableLock = "alter" | "backup";

/** A real database under test, with a schema and a reading account of its own; disposing removes both. */
export interface HistoryEngine extends AsyncDisposable {
  readonly name: string;
  readonly adapter: Adapter;
  readonly sourceOptions: Readonly<Record<string, unknown>>;
  /** For histories that are polled by a change column. */
  readonly pace: Pace;
  readonly weathers: readonly Weather[];
  /** Types of the stamped column, from the finest to the coarsest. */
  readonly stampTypes: readonly string[];
  /** A table `id, value, gone, at`, with the row 0 in it. */
  createTable(table: string, stampType: string): Promise<void>;
  /** Gives a table a native feed; absent where there is none. */
  feed?(table: string): Promise<void>;
  dropTable(table: string): Promise<void>;
  /** Rows that are not gone: id and value. */
  rows(table: string): Promise<ReadonlyMap<number, number>>;
  session(): Promise<WriterSession>;
  /** Statements of the database's own, many in one text. */
  run(sql: string): Promise<void>;
  /** Commits a prepared transaction, or rolls it back. */
  decide(name: string, commit: boolean): Promise<void>;
  /** Keeps the writers of tables waiting while something lasts. */
  block(tables: readonly string[], lock: TableLock, work: () => Promise<void>): Promise<void>;
  /** Keeps the list of transactions from being refreshed while something lasts; absent where that cannot be. */
  watch?(work: () => Promise<void>): Promise<void>;
}
