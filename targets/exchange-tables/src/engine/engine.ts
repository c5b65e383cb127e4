import type { TablesOptions } from "../options.ts";

/** What a statement is about, for errors. */
export interface Purpose {
  readonly table: string;
  readonly operation: "SELECT" | "INSERT" | "UPDATE" | "DELETE";
}

/** Why the database does not take a row: its own number alone, since its words repeat the row's values. */
export interface RowFault {
  readonly number: string;
}

/** A statement as a byte text, as those of many rows are made. */
export interface Statement {
  readonly bytes: string;
}
export type Sql = string | Statement;

/**
 * One connection whose settings were set and read back. Statements are whole texts with literals in them: no limit of
 * parameters, and one form for both engines. Rejects with a QianzhiError that holds no value.
 */
export interface Session {
  /** Rows as the driver has them: numbers as numbers or texts, bytes as `bytesOf` reads them. */
  query(sql: Sql, purpose: Purpose): Promise<unknown[][]>;
  /** The fault when a row does not fit; every other error is thrown. */
  insert(sql: Sql, purpose: Purpose): Promise<RowFault | undefined>;
  /** Bytes of one statement, at most. */
  readonly maxStatementBytes: number;
  /** Cuts the connection; what runs rejects. */
  cut(): void;
  end(): Promise<void>;
}

/** A column that rows are inserted into, and its type as `columnsOf` names it. */
export interface InsertColumn {
  readonly name: string;
  readonly type: string;
}

/** A statement that inserts many rows, in the making: a row is text as soon as it is added, instead of many cells. */
export interface RowsStatement {
  /** Adds a row behind the others, by its cells in the order of the columns. */
  add(cells: readonly string[]): void;
  /** The statement with another end. */
  end(clause?: string): Statement;
}

export interface Engine {
  readonly name: TablesOptions["engine"];
  connect(options: TablesOptions, signal: AbortSignal): Promise<Session>;
  quote(name: string): string;
  /** A literal of bytes, which are given as hex digits. */
  binary(hex: string): string;
  bytesOf(value: unknown): Uint8Array;
  /** A byte text as a cell of a row. Other cells are plain numbers, `true`, `false` and `NULL`. */
  cell(text: string): string;
  /** Bytes as a cell, which are given as hex digits. */
  bytesCell(hex: string): string;
  /** Begins a statement that inserts rows, by the form that the engine reads with the least work. */
  insertInto(table: string, columns: readonly InsertColumn[]): RowsStatement;
  /** Whether a statement that fails undoes itself alone, as if it had not been sent; else by a savepoint. */
  readonly undoesStatements: boolean;
  /** An expression of theirs as a text that our names can be compared with. */
  asName(expression: string): string;
  /** Milliseconds since 1970 by the database's clock. */
  readonly now: string;
  /** Begins a transaction that sees one state of everything. */
  readonly beginSnapshot: readonly string[];
  /** The end of an INSERT that replaces the other columns of a row whose key columns are there. */
  onConflict(key: readonly string[], others: readonly string[]): string;
  /** The statement that describes the columns of a table: see `describeTable`. */
  columnsOf(table: string, options: TablesOptions): string;
  /** The right that lets the account do it, for the DBA. */
  grant(purpose: Purpose, options: TablesOptions): string;
}

/** After so long without a word a client counts as gone: the server gives its locks free. */
export const VANISHED_AFTER_SECONDS = 120;

/** A literal of text. Sessions have backslashes without meaning, so that only the quote is doubled. */
export const literal = (text: string): string =>
  text.includes("'") ? `'${text.replaceAll("'", "''")}'` : `'${text}'`;

/** The hex digits of bytes as the driver has them. */
export const hexOf = ({ bytesOf }: Pick<Engine, "bytesOf">, value: unknown): string =>
  Buffer.from(bytesOf(value)).toString("hex");
