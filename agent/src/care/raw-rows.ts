import { QianzhiError } from "@qianzhi/sdk";
import type { ColumnRequest, RawRow, Relation, Worded } from "@qianzhi/sdk";

/**
 * Throws QZ_ADAPTER_ROW where an adapter hands over what is no raw row. No compiler looks at a vendor's plain
 * JavaScript: a misspelt member would be no value in every record, and a `Date` another day.
 */
export function refuseForeign(
  rows: readonly RawRow[],
  columns: readonly ColumnRequest[],
  { kind, relation }: { readonly kind: string; readonly relation: Relation },
): void {
  const invalid = (problem: Worded): QianzhiError => {
    const name = "table" in relation ? relation.table.join(".") : "query";
    return new QianzhiError("QZ_ADAPTER_ROW", { kind, name, problem });
  };
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== columns.length)
      throw invalid({
        en: `a row is not an array of ${columns.length} value(s)`,
        zh: `某行不是含 ${columns.length} 个值的数组`,
      });
    for (let at = 0; at < columns.length; at += 1)
      if (!isRaw(row[at])) {
        const what = `${columns[at]?.name}: ${typeName(row[at])}`;
        throw invalid({
          en: `a value is of no raw type (${what})`,
          zh: `某值的类型不合契约（${what}）`,
        });
      }
  }
}

function isRaw(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return true;
    default:
      return value === null || value instanceof Uint8Array;
  }
}

/** Never the value itself. */
const typeName = (value: unknown): string =>
  typeof value === "object" ? (value?.constructor?.name ?? "object") : typeof value;
