import type {
  ChangesPage,
  Column,
  ColumnRequest,
  Horizon,
  Probe,
  QianzhiError,
  Relation,
  RelationDescription,
  RelationSummary,
  StatementCost,
} from "@qianzhi/sdk";
import type { Dialect, Fragment } from "./dialect.ts";
import type { Activity } from "./horizon.ts";
import type { Serial } from "./serial-query.ts";

/** Rows as fresh arrays, which the caller may change; errors are the driver's own. */
export type Query = (statement: Fragment) => Promise<unknown[][]>;

/** What went wrong where, for the words of an error. */
export interface FaultContext {
  readonly operation: string;
  /** The relation concerned, and the names of its columns where they are known. */
  readonly name: string;
  readonly columns?: readonly string[];
  /** The statement carried values, which a database may quote back in its message. */
  readonly bound?: boolean;
  /** No session stands yet. */
  readonly connecting?: boolean;
}

/** An open connection as an adapter supplies it; statements are run one at a time. */
export interface SqlConnection extends Serial {
  /** What errors call the source. */
  readonly source: string;
  readonly dialect: Dialect;
  readonly query: Query;
  /**
   * The rows of one statement as its cursor on the server yields them, in pages of 10,000 at most, or of `pageRows`: also
   * those of an ordered page whose values may have any size, which ends when it has its size. Closed early, it stops the
   * statement; the connection is free again when it has closed. Absent: there is no `list`.
   */
  pages?(statement: Fragment, pageRows?: number): AsyncGenerator<unknown[][], void>;
  /** The bound of a column that the database itself numbers, by its own counter; undefined for any other column. */
  ownHorizon?(relation: Relation, column: Column): Promise<Horizon | undefined>;
  /** A page of the native change feed, as `Source.changes`. Absent where there is none. */
  changes?(request: ChangesRequest): Promise<ChangesPage>;
  /**
   * False for a predicate or query of the configuration that would leave the parentheses put around it. Absent where a
   * session can be made read-only.
   */
  contained?(sql: string): boolean;
  /**
   * What the plan of a page's statement says: rows as if it were read to its end, the index that leads to them, and
   * whether they are sorted. Absent where the source cannot tell.
   */
  cost?(statement: Fragment, description: RelationDescription): Promise<StatementCost | null>;
  /** Of its clock, where a session cannot be given the configured one. */
  readonly offset?: string;
  /** The source's clock, as `Probe.now`. */
  now(): Promise<string>;
  /** Who may hold stamps that are not visible yet. Absent where the source cannot tell: settle time alone then. */
  activity?(): Promise<Activity>;
  /** What stays true of the server as long as the connection stands; asked once. */
  probe(): Promise<Omit<Probe, "now" | "offset">>;
  discover(): Promise<readonly RelationSummary[]>;
  /** Undefined when there is no such table or view. */
  describe(relation: Relation): Promise<RelationDescription | undefined>;
  /** The driver's error as one of ours. It carries no value of the source. */
  fault(error: unknown, context: FaultContext): QianzhiError;
  /** Never throws. */
  close(): Promise<void>;
}

/** What an adapter supplies once a session stands; opening it gives the rest. */
export type SqlSession = Omit<SqlConnection, "source" | "fault">;

/** What `Source.changes` is asked, with the description of the relation. */
export interface ChangesRequest {
  readonly relation: Relation;
  readonly description: RelationDescription;
  readonly columns: readonly ColumnRequest[];
  readonly position: unknown;
}
