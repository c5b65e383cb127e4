import type { ColumnType, RawValue, Relation, Source } from "@qianzhi/sdk";

/** What a case needs of the harness or the source beyond `open`, `createTable` and `scan`. */
export type Need =
  | "scan"
  | "discover"
  | "horizon"
  | "duplicateKey"
  | "query"
  | "bytes"
  | "equal values"
  | "slow statement"
  | "sever"
  | "connections"
  | "password"
  | "address"
  | "database"
  | "write attempt"
  | "leaky predicate";

/** A kind of column that the source has, with values at its edges. */
export interface TestType {
  /** Words for the case's name, `bigint unsigned`. */
  readonly name: string;
  /** What `describe` must say. */
  readonly type: ColumnType;
  /** False for types that cannot be a key or cursor; the read must then be refused with QZ_CURSOR_TYPE. */
  readonly orderable: boolean;
  readonly values: readonly TestValue[];
}

export interface TestValue {
  /** What the harness's `createTable` is given for it: an SQL literal, a line of a file … */
  readonly write: string;
  /** How it must be read. */
  readonly read: RawValue;
  /** Compares equal to the value before it, though it reads otherwise: `'A'` after `'a'` where case does not count. */
  readonly sameAsPrevious?: boolean;
}

export interface TestTable {
  readonly name: string;
  /** All may be NULL but those of the key. */
  readonly columns: readonly { readonly name: string; readonly type: TestType }[];
  readonly key: readonly string[];
  /** What is written, null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export type WrongOption = "password" | "address" | "database";

/** What a vendor writes to have an adapter proven: how to open it, and how to put tables into its source. */
export interface ConformanceHarness {
  /** Opens the source under test with an account that may read. */
  open(signal?: AbortSignal): Promise<Source>;
  /** Replaces the table of that name. */
  createTable(table: TestTable): Promise<Relation>;
  /** A signed integer of at least 32 bits, for row numbers. */
  readonly integer: TestType;
  readonly types: readonly TestType[];
  /** What the source cannot do, each with the reason that is printed for the case left out. */
  readonly lacks: Readonly<Partial<Record<Need, string>>>;
  /** SQL for "this column is greater than the number"; false or unknown otherwise. */
  above(column: string, number: number): string;
  /** A query over a table that returns its rows as they are. */
  queryOver?(relation: Relation): string;
  /** A text column of a charset other than what its bytes are; `read` is the bytes as they are stored. */
  readonly misdeclared?: TestType;
  /** A query that runs for at least 30 s, with the column `n`, and how many such statements the server runs now. */
  readonly slow?: { readonly relation: Relation; running(): Promise<number> };
  /** Ends the source's connections from the server's side. */
  sever?(): Promise<void>;
  /** How many connections the account has at the server. */
  connections?(): Promise<number>;
  /** Opens with one option that is wrong. */
  openWrongly?(option: WrongOption): Promise<Source>;
  /** A query that writes into the table if anything lets it, with the column `n`. */
  writeAttempt?(relation: Relation): Promise<string>;
  /** A predicate that makes the source fail over a value of this column and quote it. */
  leaky?(column: string): string;
}

/** One requirement of the adapter contract. */
export interface ConformanceCase {
  readonly name: string;
  /** What goes wrong in production without it. */
  readonly protects: string;
  readonly needs: readonly Need[];
  run(): Promise<void>;
}

/** Why a case cannot run with this harness; undefined when it can. */
export function reasonToSkip(
  harness: ConformanceHarness,
  { needs }: ConformanceCase,
): string | undefined {
  const lacking = needs.find((need) => harness.lacks[need] !== undefined);
  return lacking === undefined ? undefined : harness.lacks[lacking];
}
