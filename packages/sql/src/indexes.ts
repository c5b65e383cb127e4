import type { Index } from "@qianzhi/sdk";

/** A part of an index, in the order of its parts. Without a column it gives no order of a whole one. */
export interface IndexPart {
  readonly name: unknown;
  readonly unique: boolean;
  readonly column: unknown;
}

/** Indexes out of a catalog's rows; one with a part that is no whole column orders nothing by it, and is left out. */
export function indexesFrom(parts: Iterable<IndexPart>): Index[] {
  const indexes = new Map<string, { unique: boolean; columns: unknown[] }>();
  for (const { name, unique, column } of parts) {
    const index = indexes.get(String(name)) ?? { unique, columns: [] };
    index.columns.push(column);
    indexes.set(String(name), index);
  }
  return [...indexes].flatMap(([name, { unique, columns }]) =>
    columns.some((column) => column === null || column === undefined)
      ? []
      : [{ name, unique, columns: columns.map(String) }],
  );
}
