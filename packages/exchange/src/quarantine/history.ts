import type { RefusalReason } from "@qianzhi/sdk";
import type { Store } from "../store/store.ts";

/** Days that are kept. */
const HISTORY_DAYS = 90;
const DAY_MS = 24 * 3_600_000;

/** Reasons told apart for one pipeline and day: a platform may give any code. The others count as one. */
const REASONS_A_DAY = 64;
const OTHER = "OTHER";

/** Records of a pipeline that were refused for a reason on a day, and those that were not refused for it any more. */
export interface HistoryDay {
  /** YYYY-MM-DD */
  readonly day: string;
  readonly pipeline: string;
  readonly code: string;
  readonly opened: number;
  readonly closed: number;
}

export interface QuarantineHistory {
  /** Counts a record whose reasons have changed; in the transaction of the change. */
  note(pipeline: string, before: readonly RefusalReason[], after: readonly RefusalReason[]): void;
  /** The latest day first. */
  list(options?: { readonly pipeline?: string; readonly limit?: number }): readonly HistoryDay[];
  /** Erases the days that are over `HISTORY_DAYS` old. */
  forget(): void;
}

const DEFAULT_PAGE = 100;

export function createQuarantineHistory(
  { database, world }: Pick<Store, "database" | "world">,
  today: () => string,
): QuarantineHistory {
  const known = database.prepare(
    "SELECT 1 AS known FROM quarantine_day WHERE day = ? AND pipeline = ? AND code = ?",
  );
  const size = database.prepare<{ n: number }>(
    "SELECT count(*) AS n FROM quarantine_day WHERE day = ? AND pipeline = ?",
  );
  const count =
    database.prepare(`INSERT INTO quarantine_day (day, pipeline, code, opened, closed) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET opened = opened + excluded.opened, closed = closed + excluded.closed`);
  const remove = database.prepare("DELETE FROM quarantine_day WHERE day < ?");
  return {
    note(pipeline, before, after) {
      const [left, come] = [codesOf(before), codesOf(after)];
      for (const code of new Set([...left, ...come])) {
        if (left.has(code) && come.has(code)) continue;
        const day = today();
        const isNamed =
          known.get(day, pipeline, code) !== undefined ||
          (size.get(day, pipeline)?.n ?? 0) < REASONS_A_DAY;
        count.run(
          day,
          pipeline,
          isNamed ? code : OTHER,
          come.has(code) ? 1 : 0,
          left.has(code) ? 1 : 0,
        );
      }
    },
    list: ({ pipeline, limit = DEFAULT_PAGE } = {}) =>
      database
        .prepare<HistoryDay & Record<string, never>>(
          `SELECT day, pipeline, code, opened, closed FROM quarantine_day
           WHERE pipeline = ? OR ? = '' ORDER BY day DESC, pipeline, code LIMIT ?`,
        )
        .all(pipeline ?? "", pipeline ?? "", limit)
        .map((row) => ({ ...row })),
    forget() {
      const oldest = new Date(world.clock.now() - HISTORY_DAYS * DAY_MS);
      remove.run(oldest.toISOString().slice(0, 10));
    },
  };
}

const codesOf = (reasons: readonly RefusalReason[]): ReadonlySet<string> =>
  new Set(reasons.map(({ code }) => code));
