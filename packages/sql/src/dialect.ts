import type { Column, PositionValue, RawValue } from "@qianzhi/sdk";

/** SQL text with the values of its placeholders, in the driver's own form. */
export interface Fragment {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** How a column is selected. `convert` is given only where the driver's value is not yet the raw form; never NULL. */
export interface Reading {
  readonly sql: string;
  readonly convert?: (value: unknown) => RawValue;
  /** For texts that the way to us may have garbled without a word. */
  readonly doubt?: Doubt;
}

/** When a value that was read may not be what is stored, and how to read the page again so that it is. */
export interface Doubt {
  when(value: string): boolean;
  readonly exactly: Reading;
}

/** How a column is ordered and compared: one expression for both, or pages would skip rows. */
export interface Ordering {
  readonly sql: string;
  /** A position value as an expression of the column's own type and collation. */
  bind(value: PositionValue): Fragment;
  /** Two values are equal to the source exactly when their raw texts are (fraction zeros aside). */
  readonly rawEquality: boolean;
}

/** What differs between databases in the statements that are generated here. */
export interface Dialect {
  quote(identifier: string): string;
  read(column: Column, bytes: boolean): Reading;
  /** Throws QZ_CURSOR_TYPE for a column that cannot order a read. */
  order(column: Column, bytes: boolean): Ordering;
  /** The statement cut to its first rows. */
  first(statement: string, rows: number): string;
  /** `first` makes a derived table of the statement, in which no two columns may have the same name. */
  readonly derives?: boolean;
  /** What stands behind a table's name so that it is read in the order of this index, where the server would rather sort. */
  inOrderOf?(index: string): string;
  /** `(a, b) >= (?, ?)` reads an index as well as the long form does, and is the shorter plan. */
  readonly rowComparison?: boolean;
}
