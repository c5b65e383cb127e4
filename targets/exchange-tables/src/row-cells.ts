import type { JsonRecord, RefusalReason } from "@qianzhi/sdk";
import type { TablePlan } from "./plan-table.ts";

/** The cells of a row, or why its columns do not hold it exactly. */
export type RowCells =
  | { readonly cells: readonly string[] }
  | { readonly reasons: readonly RefusalReason[] };

/** Compiles what writes a row: the cells that it begins with, then those of the record's items in the order of the plan. */
export function compileRow({
  items,
}: TablePlan): (lead: readonly string[], values: JsonRecord) => RowCells {
  const isItem = new Set(items.map(({ identifier }) => identifier));
  return (lead, values) => {
    const cells = [...lead];
    const reasons: RefusalReason[] = [];
    let written = 0;
    for (const { identifier: item, writer } of items) {
      const value = values[item];
      if (value === undefined || value === null) {
        cells.push("NULL");
        continue;
      }
      written += 1;
      const code = writer.fit(value);
      if (code === undefined) cells.push(writer.cell(value));
      else
        reasons.push({
          item,
          code,
          message: `the column ${writer.column.name} does not hold it whole`,
        });
    }
    const given = Object.keys(values);
    // A batch of an older version may hold what the descriptor has no more.
    if (given.length > written)
      for (const item of given)
        if (!isItem.has(item))
          reasons.push({
            item,
            code: "QZ_ITEM_UNKNOWN",
            message: "the table has no column for it",
          });
    return reasons.length > 0 ? { reasons } : { cells };
  };
}
