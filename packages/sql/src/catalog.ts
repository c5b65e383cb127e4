import type { Column, ColumnType, Index, RelationDescription, RelationSummary } from "@qianzhi/sdk";

/** What a catalog says of a relation, its absent values null. */
export interface CatalogEntry {
  readonly isView: boolean;
  readonly comment: unknown;
  readonly rows: unknown;
}

const isAbsent = (value: unknown): boolean => value === null || value === undefined || value === "";

export const summaryOf = (
  name: readonly string[],
  { isView, comment, rows }: CatalogEntry,
): RelationSummary => ({
  name,
  kind: isView ? "view" : "table",
  ...(isAbsent(comment) ? {} : { comment: String(comment) }),
  ...(isAbsent(rows) ? {} : { estimatedRows: Number(rows) }),
});

/** What a catalog or a result says of a column, its absent values null, undefined or empty. */
export interface ColumnEntry extends Sizes<unknown> {
  readonly name: unknown;
  readonly type: ColumnType;
  readonly native: string;
  readonly nullable: boolean;
  readonly charset?: unknown;
  readonly comment?: unknown;
}
type Sizes<Size> = { readonly [Name in "precision" | "scale" | "fraction" | "length"]?: Size };

export function columnFrom(entry: ColumnEntry): Column {
  const { name, type, native, nullable, charset, comment, ...sizes } = entry;
  const present = <T>(values: object, as: (value: unknown) => T): Record<string, T> =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) => (isAbsent(value) ? [] : [[key, as(value)]])),
    );
  return {
    name: String(name),
    type,
    native,
    nullable,
    ...present(sizes, Number),
    ...present({ charset, comment }, String),
  };
}

/** What is known of a query, or of anything that no catalog lists. */
export const unlisted = (
  columns: readonly Column[],
  name: readonly string[] = ["query"],
): RelationDescription => ({ name, kind: "view", columns, key: [], indexes: [] });

/**
 * Primary key and indexes out of a catalog's rows, each a part of an index: name, whether it is unique, whether it is the
 * primary key's, and the column. An index with a part that is no whole column orders nothing by it, and is left out.
 */
export function indexesFrom(
  rows: readonly (readonly unknown[])[],
): Pick<RelationDescription, "key" | "indexes"> {
  const found = new Map<string, { unique: boolean; columns: unknown[] }>();
  let primary: string | undefined;
  for (const [name, unique, isPrimary, column] of rows) {
    const index = found.get(String(name)) ?? { unique: isYes(unique), columns: [] };
    index.columns.push(column);
    found.set(String(name), index);
    if (isYes(isPrimary)) primary = String(name);
  }
  const indexes = [...found].flatMap(([name, { unique, columns }]): Index[] =>
    columns.some(isAbsent) ? [] : [{ name, unique, columns: columns.map(String) }],
  );
  return { key: indexes.find(({ name }) => name === primary)?.columns ?? [], indexes };
}

/** As servers and drivers say it. */
const isYes = (value: unknown): boolean => [true, 1, 1n, "1", "t"].some((yes) => yes === value);
