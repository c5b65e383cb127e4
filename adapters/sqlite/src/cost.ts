import type { StatementCost } from "@qianzhi/sdk";
import type { Fragment } from "@qianzhi/sql";
import { allRows, type Database } from "./connect.ts";
import { quote } from "./dialect.ts";

/** A row takes at least about this much of the file: a bound where row ids are somebody's numbers. */
const ROW_BYTES = 32;

/**
 * What EXPLAIN QUERY PLAN says of a statement. It counts no rows: those of a scan are told by the table's row ids, those
 * of a search are few. Null for a view or query, whose tables are named there by their aliases.
 */
export function planCost(database: Database, { sql, params }: Fragment): StatementCost | null {
  const steps = allRows(database, `EXPLAIN QUERY PLAN ${sql}`, params).map((row) => String(row[3]));
  const sorts = steps.some((step) => /^USE TEMP B-TREE FOR ORDER BY/.test(step));
  const reads = steps.flatMap((step) => {
    const [, way, table = "", , index = null] =
      /^(SCAN|SEARCH) (?:TABLE )?(\S+)( USING (?:COVERING )?(?:INDEX )?(INTEGER PRIMARY KEY|\S+))?/.exec(
        step,
      ) ?? [];
    if (way === undefined) return [];
    return [{ rows: way === "SEARCH" ? 1 : rowsOf(database, table), index }];
  });
  if (reads.length === 0 || reads.some(({ rows }) => rows === undefined)) return null;
  const [largest] = reads.toSorted((one, other) => (other.rows ?? 0) - (one.rows ?? 0));
  return { rows: largest?.rows ?? 0, index: largest?.index ?? null, sorts };
}

function rowsOf(database: Database, table: string): number | undefined {
  const number = (sql: string): number => Number(allRows(database, sql)[0]?.[0] ?? 0);
  try {
    const [pages, bytes] = [number("PRAGMA page_count"), number("PRAGMA page_size")];
    const name = quote(table);
    const span = number(
      `SELECT (SELECT max(rowid) FROM ${name}) - (SELECT min(rowid) FROM ${name}) + 1`,
    );
    return Math.min(span, Math.floor((pages * bytes) / ROW_BYTES));
  } catch {
    return undefined;
  }
}
