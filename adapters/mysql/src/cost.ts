import type { StatementCost } from "@qianzhi/sdk";

/** Columns of EXPLAIN counted from its end and start; since 5.7 there are two more of them. */
const places = { 10: { type: 3, key: 5, rows: 8 }, 12: { type: 4, key: 6, rows: 9 } } as const;

/**
 * What EXPLAIN says of a statement, in the form that every server since 5.5 gives. The rows of joined tables multiply,
 * those of the parts of a query add up.
 */
export function costOf(plan: readonly (readonly unknown[])[]): StatementCost | null {
  const width = plan[0]?.length;
  if (width !== 10 && width !== 12) return null;
  const at = places[width];
  const parts = new Map<unknown, number>();
  let largest: { readonly rows: number; readonly index: string | null } | undefined;
  for (const row of plan) {
    const rows = Number(row[at.rows] ?? 0);
    parts.set(row[0], (parts.get(row[0]) ?? 1) * Math.max(1, rows));
    // An index that is read from end to end leads to nothing, unless it gives the order: there rows is what is taken.
    const index = row[at.type] === "ALL" || row[at.key] === null ? null : String(row[at.key]);
    if (largest === undefined || rows > largest.rows) largest = { rows, index };
  }
  const sorts = plan.some((row) => /filesort|temporary/.test(String(row.at(-1))));
  const rows = [...parts.values()].reduce((sum, each) => sum + each, 0);
  // Nothing is read for a condition that cannot hold.
  const isEmpty = plan.every((row) => row[at.rows] === null);
  return isEmpty
    ? { rows: 0, index: "", sorts: false }
    : { rows, index: largest?.index ?? null, sorts };
}
