import type { Database } from "@qianzhi/exchange";
import type { Clock } from "@qianzhi/sdk";
import type { Nomination, Nominations } from "../pipeline/reread.ts";

/** Keys kept for reading again, per pipeline: beyond it the whole relation is read again instead. */
const MAX_NOMINATED = 100_000;

/** How long a key that was refused for the time being rests before it is read again: none is nominated for later. */
export const RETRY_REFUSED_MS = 60_000;

export interface NominationTable extends Nominations {
  count(): number;
}

export function openNominations(
  database: Database,
  pipeline: string,
  clock: Clock,
): NominationTable {
  const insert = database.prepare(
    "INSERT INTO nomination (pipeline, source_key, deleted_key, due_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET deleted_key = excluded.deleted_key, due_at = excluded.due_at",
  );
  // Looked at by each poll, and nearly always empty: to learn that takes a tenth of the ordered look.
  const any = database.prepare("SELECT 1 FROM nomination WHERE pipeline = ? LIMIT 1");
  const dueWhere = (condition: string) => {
    const select = database.prepare<{ source_key: string; deleted_key: string | null }>(
      `SELECT source_key, deleted_key FROM nomination
       WHERE pipeline = ? AND (due_at <= ? OR due_at > ?) AND ${condition} ORDER BY due_at LIMIT ?`,
    );
    return (limit: number): readonly Nomination[] => {
      if (any.get(pipeline) === undefined) return [];
      const now = Math.floor(clock.now());
      return (
        select
          // A wall clock that was set back since must not be waited out.
          .all(pipeline, now, now + RETRY_REFUSED_MS, limit)
          .map((row) => ({ sourceKey: row.source_key, deletedKey: row.deleted_key }))
      );
    };
  };
  const rows = dueWhere("deleted_key IS NULL");
  const remove = database.prepare("DELETE FROM nomination WHERE pipeline = ? AND source_key = ?");
  const size = database.prepare<{ n: number }>(
    "SELECT count(*) AS n FROM nomination WHERE pipeline = ?",
  );
  const count = (): number => size.get(pipeline)?.n ?? 0;
  return {
    add(nominated, dueAt) {
      if (count() + nominated.length > MAX_NOMINATED) return false;
      for (const { sourceKey, deletedKey } of nominated)
        insert.run(pipeline, sourceKey, deletedKey, Math.floor(dueAt));
      return true;
    },
    due: dueWhere("TRUE"),
    deletions: dueWhere("deleted_key IS NOT NULL"),
    rows: () => rows(MAX_NOMINATED),
    done(sourceKeys) {
      for (const sourceKey of sourceKeys) remove.run(pipeline, sourceKey);
    },
    count,
  };
}
