import { QianzhiError, sharedItems, type Item, type ResourceDescriptor } from "@qianzhi/sdk";
import { byteText } from "./byte-text.ts";
import {
  columnWriter,
  isNarrower,
  isOfKind,
  type ColumnKind,
  type ColumnWriter,
} from "./column-writer.ts";
import type { TableColumn, TableFacts } from "./describe-table.ts";
import type { Engine, InsertColumn } from "./engine/engine.ts";
import { columnOf, type Profile } from "./profile.ts";
import { expectedType } from "./column-type.ts";

/** How rows of a resource are written into its table as it is. */
export interface TablePlan {
  readonly table: string;
  /** In the order of a row's cells. */
  readonly columns: readonly InsertColumn[];
  readonly items: readonly { readonly identifier: string; readonly writer: ColumnWriter }[];
}

export interface PlannedTable {
  /** Absent when there are problems. */
  readonly plan?: TablePlan;
  /** What keeps every row from being written. */
  readonly problems: readonly QianzhiError[];
  /** What keeps some rows from being written. */
  readonly narrow: readonly QianzhiError[];
}

export interface Planning {
  readonly engine: Engine;
  readonly profile: Profile;
  readonly resource: ResourceDescriptor;
}

/** Characters of `2026-01-02 03:04:05`. */
const MOMENT_LENGTH = 19;

/** Compares a table with what the descriptor and the profile want of it. */
export function planTable(facts: TableFacts, planning: Planning): PlannedTable {
  const { engine, profile, resource } = planning;
  const problems: QianzhiError[] = [];
  const narrow: QianzhiError[] = [];
  const written = new Set<string>();
  const wrong = (column: string, expected: string, problem: { en: string; zh: string }): void =>
    void problems.push(
      new QianzhiError("QZ_TARGET_COLUMN", { table: facts.name, column, expected, problem }),
    );
  const find = (name: string, expected: string): TableColumn | undefined => {
    const column = facts.columns.get(name.toLowerCase());
    if (column === undefined) wrong(name, expected, { en: "it is missing", zh: "列不存在" });
    else written.add(column.name);
    return column;
  };

  const system = systemColumnsOf(profile).map(({ name, length }) => {
    const expected = length === undefined ? "DATETIME" : `VARCHAR(${length})`;
    const column = find(name, expected);
    if (column === undefined) return { name, type: "" };
    const takes: readonly ColumnKind[] =
      length === undefined ? ["datetime", "text"] : ["text", "whole"];
    if (!takes.some((kind) => isOfKind(kind, column)))
      wrong(name, expected, {
        en: `its type is ${column.type}`,
        zh: `类型为 ${column.type}`,
      });
    else if ((column.length ?? Infinity) < (length ?? MOMENT_LENGTH))
      wrong(name, expected, {
        en: `it holds ${column.length} characters`,
        zh: `只能容纳 ${column.length} 个字符`,
      });
    return column;
  });
  if (profile.serial !== undefined) {
    const serial = find(profile.serial.column, "a number that the database gives");
    if (serial !== undefined && !serial.filled)
      wrong(serial.name, "AUTO_INCREMENT", {
        en: "the database does not number it",
        zh: "该列不是自增列",
      });
  }

  const items = sharedItems(resource).flatMap((item) => {
    const name = columnOf(profile, resource.identifier, item.identifier);
    const expected = expectedType(item, engine.name);
    const column = find(name, expected);
    if (column === undefined) return [];
    const writer = columnWriter(item, column, engine);
    if (writer === undefined) {
      wrong(name, expected, {
        en: `its type ${column.type} does not hold a ${item.type} exactly`,
        zh: `类型 ${column.type} 无法精确存放 ${item.type}`,
      });
      return [];
    }
    if (isNarrower(item, column) || isForDeletesOnly(item, column, resource))
      narrow.push(narrower(facts.name, item, column, expected));
    return [{ identifier: item.identifier, writer }];
  });

  for (const { name, nullable, filled } of facts.columns.values())
    if (!nullable && !filled && !written.has(name))
      wrong(name, "NULL", {
        en: "it needs a value and nothing gives one",
        zh: "不允许为空，但没有对应的值",
      });

  if (problems.length > 0) return { problems, narrow };
  const columns = [...system, ...items.map(({ writer }) => writer.column)];
  return { plan: { table: facts.name, columns, items }, problems, narrow };
}

/** A row that deletes a record holds its key alone. */
const isForDeletesOnly = (
  { identifier }: Item,
  { nullable }: TableColumn,
  { key }: ResourceDescriptor,
): boolean => !nullable && !key.includes(identifier);

function narrower(
  table: string,
  item: Item,
  { name, type, length, precision, scale, nullable }: TableColumn,
  expected: string,
): QianzhiError {
  const size = length ?? (precision === null ? undefined : `${precision},${scale ?? 0}`);
  const found = `${type}${size === undefined ? "" : `(${size})`}${nullable ? "" : " NOT NULL"}`;
  return new QianzhiError("QZ_TARGET_COLUMN_NARROW", {
    table,
    column: name,
    item: item.identifier,
    found: found.toUpperCase(),
    expected: `${expected} NULL`,
  });
}

/** Columns of the profile that are written, in their order; one with a length holds text. */
function systemColumnsOf({
  row,
  operation,
  time,
  batch,
  source,
  consumed,
}: Profile): readonly { readonly name: string; readonly length?: number }[] {
  const texts = [row, operation, batch, source, consumed].flatMap((each) =>
    each === undefined ? [] : [{ name: each.column, length: each.length }],
  );
  if (time === undefined) return texts;
  const { column: name, format } = time;
  return [...texts, { name, ...(format === undefined ? {} : { length: format.length }) }];
}

/** The cells of the profile's columns in the rows of a batch, after that of the row column, in the order of the plan. */
export function systemCells(
  { operation, time, batch, source, consumed }: Profile,
  { cell }: Engine,
  values: { readonly batch: string; readonly source: string; readonly time: string },
): Readonly<Record<"insert" | "update" | "delete", readonly string[]>> {
  const others = [
    batch && values.batch,
    source && values.source,
    consumed?.initial,
    time && values.time,
  ].flatMap((each) => (each === undefined ? [] : [cell(byteText(each))]));
  return {
    insert: [cell(byteText(operation.insert)), ...others],
    update: [cell(byteText(operation.update)), ...others],
    delete: [cell(byteText(operation.delete)), ...others],
  };
}
