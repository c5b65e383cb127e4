import type { Database } from "@qianzhi/exchange";
import type { Clock } from "@qianzhi/sdk";
import type { Nominations } from "../pipeline/reread.ts";

/** Keys kept for reading again, per pipeline: beyond it the whole relation is read again instead. */
const MAX_NOMINATED = 100_000;

/** How long a key that was refused for the time being rests before it is read again. */
export const RETRY_REFUSED_MS = 60_000;

export interface NominationTable extends Nominations {
  /** Asks for rows to be read again from a time on. False when there are too many: read everything again then. */
  add(sourceKeys: readonly string[], dueAt: number): boolean;
  count(): number;
}

export function openNominations(
  database: Database,
  pipeline: string,
  clock: Clock,
): NominationTable {
  const insert = database.prepare(
    "INSERT INTO nomination (pipeline, source_key, due_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET due_at = excluded.due_at",
  );
  const due = database.prepare<{ source_key: string }>(
    "SELECT source_key FROM nomination WHERE pipeline = ? AND due_at <= ? ORDER BY due_at LIMIT ?",
  );
  const remove = database.prepare("DELETE FROM nomination WHERE pipeline = ? AND source_key = ?");
  const size = database.prepare<{ n: number }>(
    "SELECT count(*) AS n FROM nomination WHERE pipeline = ?",
  );
  const count = (): number => size.get(pipeline)?.n ?? 0;
  return {
    add(sourceKeys, dueAt) {
      if (count() + sourceKeys.length > MAX_NOMINATED) return false;
      for (const sourceKey of sourceKeys) insert.run(pipeline, sourceKey, Math.floor(dueAt));
      return true;
    },
    due: (limit) =>
      due.all(pipeline, Math.floor(clock.now()), limit).map(({ source_key }) => source_key),
    done(sourceKeys) {
      for (const sourceKey of sourceKeys) remove.run(pipeline, sourceKey);
    },
    count,
  };
}
