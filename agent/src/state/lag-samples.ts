import type { Database } from "@qianzhi/exchange";

/** How far the platform's copy of a pipeline was behind at one moment. Times are milliseconds of the wall clock. */
export interface LagSample {
  readonly at: number;
  readonly behindMs: number;
}

/** A day, and a sample at its beginning. */
const KEPT_MS = 25 * 3_600_000;

/** In the caller's transaction. */
export function noteLag(database: Database, pipeline: string, { at, behindMs }: LagSample): void {
  database
    .prepare("INSERT OR REPLACE INTO lag_sample VALUES (?, ?, ?)")
    .run(pipeline, Math.floor(at), Math.floor(behindMs));
  database
    .prepare("DELETE FROM lag_sample WHERE pipeline = ? AND at < ?")
    .run(pipeline, Math.floor(at) - KEPT_MS);
}

/** Oldest first. */
export const lagSince = (
  database: Database,
  pipeline: string,
  since: number,
): readonly LagSample[] =>
  database
    .prepare<LagSample>(
      "SELECT at, behind_ms AS behindMs FROM lag_sample WHERE pipeline = ? AND at >= ? ORDER BY at",
    )
    .all(pipeline, Math.floor(since));
