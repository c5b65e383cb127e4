import { endOfValue, type JsonRecord, type RefusalReason } from "@qianzhi/sdk";
import type { TablePlan } from "./plan-table.ts";

const QUOTE = 0x22;

/**
 * Compiles what makes the cells of a row from the canonical text of a record: those of the items, in the order of the plan,
 * which is that of the text. A value is cut out of it at a fraction of what parsing the whole costs; only why something
 * does not fit is found out by that. The cells are put into the row behind its first `place`; answers the reasons why its
 * columns do not hold the record exactly.
 */
export function compileRow({
  items,
}: TablePlan): (
  row: string[],
  place: number,
  recordText: string,
) => readonly RefusalReason[] | undefined {
  const members = items.map(({ identifier, writer }) => ({
    head: `${JSON.stringify(identifier)}:`,
    writer,
  }));
  return (row, place, recordText) => {
    let at = 1;
    let cell = place;
    for (const { head, writer } of members) {
      if (!recordText.startsWith(head, at)) {
        row[cell++] = "NULL";
        continue;
      }
      const start = at + head.length;
      const end = endOfValue(recordText, start);
      const value = valueOf(recordText, start, end);
      if (writer.fit(value) !== undefined) return reasonsOf(items, recordText);
      row[cell++] = writer.cell(value);
      at = end + 1;
    }
    // A batch of an older version may hold what the descriptor has no more: what follows it was not read either.
    return at < recordText.length - 1 ? reasonsOf(items, recordText) : undefined;
  };
}

function valueOf(text: string, start: number, end: number): unknown {
  const isPlain = text.charCodeAt(start) === QUOTE;
  const value = isPlain ? text.slice(start + 1, end - 1) : text.slice(start, end);
  return isPlain && !value.includes("\\") ? value : JSON.parse(text.slice(start, end));
}

function reasonsOf(items: TablePlan["items"], recordText: string): readonly RefusalReason[] {
  const values = JSON.parse(recordText) as JsonRecord;
  const writers = new Map(items.map(({ identifier, writer }) => [identifier, writer]));
  return Object.entries(values).flatMap(([item, value]) => {
    const writer = writers.get(item);
    if (writer === undefined)
      return [{ item, code: "QZ_ITEM_UNKNOWN", message: "the table has no column for it" }];
    const code = writer.fit(value);
    if (code === undefined) return [];
    return [{ item, code, message: `the column ${writer.column.name} does not hold it whole` }];
  });
}
