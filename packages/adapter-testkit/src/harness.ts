import type { AdapterHost, Relation, Source } from "@qianzhi/sdk";
import type { Need } from "./needs.ts";
import type { SlowStatement, TestLock, TestSession, TestTable, TestType } from "./test-type.ts";

export type WrongOption = "password" | "address" | "database";

/**
 * The wrong password that {@link ConformanceHarness.openWrongly} opens with, so that the suite can look for it in the
 * error: it must not be there.
 */
export const wrongPassword = "qz-wrong-5d1f7c";

/**
 * What a vendor writes to have an adapter proven: how to open it, and how to put tables into its source. Only the first
 * five members are required; each of the others lets more cases run, and what is absent needs a reason in `lacks`.
 */
export interface ConformanceHarness {
  /** Opens the source under test with an account that may read. */
  open(host: AdapterHost): Promise<Source>;
  /**
   * Replaces the table of that name. The reading account may read it, and the changes of a table whose name begins with
   * `qz_feed`, where the source has to be told which tables have a feed.
   */
  createTable(table: TestTable): Promise<Relation>;
  /** A signed integer of at least 32 bits, for row numbers. */
  readonly integer: TestType;
  /** The kinds of columns that the source has, each with its edges and how they must be read. */
  readonly types: readonly TestType[];
  /** What adapter or source cannot do, each with the reason that is printed for the cases left out. */
  readonly lacks: Readonly<Partial<Record<Need, string>>>;

  /** A text column for at least 100 characters and any of them, and a text as it is written there. */
  readonly text?: TestType;
  quote?(text: string): string;
  /** A text column that holds a value of a million characters, written by `quote`. */
  readonly large?: TestType;
  /** A text column of a charset other than what its bytes are; `read` is the bytes as they are stored. */
  readonly misdeclared?: TestType;
  /** A predicate: this column is greater than the number; false or unknown otherwise. */
  above?(column: string, number: number): string;
  /** A query over a table that returns its rows as they are. */
  queryOver?(relation: Relation): string;
  /** Makes or replaces a view `qz_view` of the table. */
  createView?(relation: Relation): Promise<Relation>;

  /** Opens a session of the legacy system, which writes. */
  session?(): Promise<TestSession>;
  /** The column that an application stamps, and the stamp as it is written: `NOW(6)`. */
  readonly stamp?: { readonly type: TestType; readonly now: string };
  /** Holds a lock on the table, so that a statement that writes it takes its stamp and then waits. */
  block?(table: TestTable): Promise<TestLock>;
  /** Opens with an account that may not see other sessions. */
  openBlind?(host: AdapterHost): Promise<Source>;
  /** Makes the source forget the changes that it kept so far. */
  forgetChanges?(): Promise<void>;

  /** Puts in a table with one row of key 1, and the same with the keys that follow, up to `count`. Default: by `createTable`. */
  createRows?(table: TestTable, count: number): Promise<Relation>;
  /** Rows over which memory must stay flat. */
  readonly manyRows?: number;

  readonly slow?: SlowStatement;
  /** Ends the source's connections from the server's side. */
  sever?(): Promise<void>;
  /** How many connections the account has at the server. */
  connections?(): Promise<number>;
  /** Opens with one option that is wrong; the password is {@link wrongPassword}. */
  openWrongly?(option: WrongOption, host: AdapterHost): Promise<Source>;
  /** A table with the columns `id` and `v`, of which the account may not read anything, or not `v`. */
  denied?(what: "table" | "column"): Promise<Relation>;
  /** Opens with the account of `denied`, where whoever may see other sessions may read every table. */
  openDenied?(host: AdapterHost): Promise<Source>;
  /** A query that writes into the table if anything lets it, with the column `n`. */
  writeAttempt?(table: TestTable): Promise<string>;
  /** A predicate that makes the source fail over a value of this column and quote it. */
  leaky?(column: string): string;
}

/**
 * What a harness module exports as `harness`: provisions the source, disposing removes it again. `qianzhi adapter verify`
 * calls it; `environment` is the process's, for the address of a test server. Rejects when there is nothing to run against.
 */
export type ProvideHarness = (
  environment: Readonly<Record<string, string | undefined>>,
) => Promise<ConformanceHarness & AsyncDisposable>;

/** One requirement of the adapter contract. */
export interface ConformanceCase {
  /** The heading under which the report card counts it. */
  readonly group: string;
  readonly name: string;
  /** What goes wrong in production without it. */
  readonly protects: string;
  readonly needs: readonly Need[];
  /** Rejects with an AssertionError that says what was broken. */
  run(): Promise<void>;
}
