import type { ColumnType, RawValue, Relation } from "@qianzhi/sdk";

/**
 * What makes readers lose rows when a column of this kind orders the pages. A type that has a trait must show it in its
 * values: two that differ by case alone and are equal, Han characters whose order is not that of their code points …
 */
export const keyTraits = [
  "case-insensitive",
  "accent-insensitive",
  "pinyin",
  "padded",
  "uniqueidentifier",
  "fractions of a second",
] as const;
export type KeyTrait = (typeof keyTraits)[number];

export interface TestValue {
  /** What `createTable` is given for it: an SQL literal, a field of a line … */
  readonly write: string;
  /** How it must be read. */
  readonly read: RawValue;
  /** Compares equal to the value before it, though it reads otherwise: `'A'` after `'a'` where case does not count. */
  readonly sameAsPrevious?: boolean;
}

/** A kind of column that the source has, with values at its edges. */
export interface TestType {
  /** What `createTable` needs to make such a column, and its name in the report: `BIGINT UNSIGNED`. */
  readonly native: string;
  /** What `describe` must say. */
  readonly type: ColumnType;
  /** False for types that cannot be a key or cursor: the read must then be refused with QZ_CURSOR_TYPE. */
  readonly orderable: boolean;
  readonly traits: readonly KeyTrait[];
  readonly values: readonly TestValue[];
}

export interface TestTable {
  readonly name: string;
  /** All may be NULL but those of the key. */
  readonly columns: readonly { readonly name: string; readonly type: TestType }[];
  /** Its primary key, where the source has such a thing. Empty when two rows are alike. */
  readonly key: readonly string[];
  /** What is written, null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A value as written, as read, and "same" when it compares equal to the one before it. */
export type Written = readonly [write: string, read: RawValue, same?: "same"];

/** A test type in short form. Types whose raw form has no dependable order are not orderable unless said. */
export function testType(
  native: string,
  type: ColumnType,
  values: readonly Written[],
  options: { readonly orderable?: boolean; readonly traits?: readonly KeyTrait[] } = {},
): TestType {
  const unordered: readonly ColumnType[] = ["json", "geometry", "other"];
  return {
    native,
    type,
    orderable: options.orderable ?? !unordered.includes(type),
    traits: options.traits ?? [],
    values: values.map(([write, read, same]) => ({
      write,
      read,
      ...(same === undefined ? {} : { sameAsPrevious: true }),
    })),
  };
}

/** A session of the legacy system: what writes while the adapter reads. Each call is one statement; a row's first value is its key. */
export interface TestSession {
  insert(table: TestTable, row: readonly (string | null)[]): Promise<void>;
  /** Gives the row of this key these values, and resolves when there is none as well. */
  update(table: TestTable, row: readonly (string | null)[]): Promise<void>;
  remove(table: TestTable, key: string): Promise<void>;
  /** Without it each statement commits by itself. Some databases must be told at the beginning that `prepare` follows. */
  begin?(kind?: "two-phase"): Promise<void>;
  commit?(): Promise<void>;
  rollback?(): Promise<void>;
  /** Two-phase commit: prepares what was begun, and leaves it so when the session closes. Returns how any session ends it. */
  prepare?(): Promise<{ commit(): Promise<void> }>;
  /** Rolls back what is open. */
  close(): Promise<void>;
}

/** A lock that somebody holds. */
export interface TestLock {
  release(): Promise<void>;
}

/** A query that runs for at least 30 s, with the column `n`, and how many such statements the server runs now. */
export interface SlowStatement {
  readonly relation: Relation;
  running(): Promise<number>;
}
