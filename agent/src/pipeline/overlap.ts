import type { Database } from "@qianzhi/exchange";

/** Rows that may be sent ahead of the horizon in one poll: a bound on memory and on what is read again. */
export const OVERLAP_ROWS = 100_000;

/**
 * The rows a pipeline has sent although they lie beyond its horizon, each with the hash it was last sealed with. They
 * are read again at every poll until the position has passed them; only those that differ are sealed again.
 */
export interface Overlap {
  readonly size: number;
  /** The hash with which the row of this key was last sealed. */
  get(key: string): string | undefined;
  /** In the sealing transaction. */
  put(key: string, row: string): void;
  forget(key: string): void;
  clear(): void;
  keys(): readonly string[];
}

/** Memory mirrors the table: both change in the transaction that seals, and a failed one discards the mirror. */
export function openOverlap(database: Database, pipeline: string): Overlap {
  const rows = database
    .prepare<{ source_key: string; row: string }>(
      "SELECT source_key, row FROM overlap WHERE pipeline = ?",
    )
    .all(pipeline);
  const known = new Map(rows.map(({ source_key, row }) => [source_key, row]));
  const insert = database.prepare(
    "INSERT OR REPLACE INTO overlap (pipeline, source_key, row) VALUES (?, ?, ?)",
  );
  return {
    get size() {
      return known.size;
    },
    get: (key) => known.get(key),
    put(key, row) {
      insert.run(pipeline, key, row);
      known.set(key, row);
    },
    forget(key) {
      if (known.delete(key)) forgetEarly(database, pipeline, key);
    },
    clear() {
      database.prepare("DELETE FROM overlap WHERE pipeline = ?").run(pipeline);
      known.clear();
    },
    keys: () => [...known.keys()],
  };
}

/** Forgets one row while no overlap of the pipeline is open. */
export function forgetEarly(database: Database, pipeline: string, key: string): void {
  database.prepare("DELETE FROM overlap WHERE pipeline = ? AND source_key = ?").run(pipeline, key);
}
