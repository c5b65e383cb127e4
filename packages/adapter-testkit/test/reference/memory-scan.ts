import {
  QianzhiError,
  type PositionValue,
  type RawRow,
  type RawValue,
  type ScanPage,
  type ScanRequest,
} from "@qianzhi/sdk";
import { kindOf } from "./kinds.ts";
import type { StoredTable } from "./memory-database.ts";

/** One page over stored rows, as the contract of `scan` says. */
export function scanTable(table: StoredTable, request: ScanRequest): ScanPage {
  const columns = request.columns.map(({ name }) => indexOf(table, name));
  const ordered = request.keys === undefined && request.nulls === undefined;
  const order = (ordered ? request.order : []).map((name) => indexOf(table, name));
  for (const at of order) {
    const { name, type } = table.columns[at]!;
    if (!type.orderable)
      throw new QianzhiError("QZ_CURSOR_TYPE", { column: name, type: type.native });
  }
  const { from, until, keys, nulls } = request;
  const keep = predicate(request.where);
  // Many rows are stored in the order of their first column, and only the page's are looked at.
  const start = table.fresh === true && from !== undefined ? Number(from[0]) - 1 : 0;
  const stored =
    table.fresh === true ? table.rows.slice(start, start + request.pageRows + 1) : table.rows;
  const rows = stored
    .filter((row) => keep(row, table) === true)
    .filter((row) => order.every((at) => row[at] !== null))
    .filter((row) => from === undefined || !ordered || compare(table, row, order, from) >= 0)
    .filter(
      (row) =>
        until === undefined ||
        !ordered ||
        isWithin(compare(table, row, order, until.values), until.inclusive),
    )
    .filter(
      (row) => nulls === undefined || nulls.some((name) => row[indexOf(table, name)] === null),
    )
    .filter((row) => keys === undefined || hasKey(table, row, keys))
    .toSorted((a, b) =>
      compare(
        table,
        a,
        order,
        order.map((at) => b[at] as PositionValue),
      ),
    );
  const page = rows.slice(0, request.pageRows);
  const tied =
    from === undefined || !ordered
      ? 0
      : page.filter((row) => compare(table, row, order, from) === 0).length;
  const deleted = marks(table, page, request);
  return {
    rows: page.map((row) => columns.map((at) => read(table, row, at))),
    tied,
    end: rows.length <= request.pageRows,
    ...(deleted === undefined ? {} : { deleted }),
  };
}

export function indexOf(table: StoredTable, name: string): number {
  const at = table.columns.findIndex((column) => column.name === name);
  if (at < 0)
    throw new QianzhiError("QZ_COLUMN_NOT_FOUND", {
      name: table.name,
      column: name,
      columns: table.columns.map((column) => column.name),
    });
  if (table.denied === "column" && name === "v") throw denied(table.name);
  return at;
}

export const denied = (name: string) =>
  new QianzhiError("QZ_SOURCE_DENIED", {
    source: "legacy",
    operation: "read",
    name,
    grant: `GRANT ${name}`,
  });

export function read({ fresh }: StoredTable, row: RawRow, at: number): RawValue {
  const value = row[at]!;
  return fresh === true && typeof value === "string"
    ? Buffer.from(value).toString("latin1")
    : value;
}

function isWithin(order: number, inclusive: boolean): boolean {
  return inclusive ? order <= 0 : order < 0;
}

function hasKey(table: StoredTable, row: RawRow, keys: NonNullable<ScanRequest["keys"]>): boolean {
  const at = keys.columns.map((name) => indexOf(table, name));
  return (
    at.every((index) => row[index] !== null) &&
    keys.values.some((key) => compare(table, row, at, key) === 0)
  );
}

/** How a row stands to values of its first columns of an order, by the comparison of each column. */
function compare(
  table: StoredTable,
  row: RawRow,
  order: readonly number[],
  values: readonly PositionValue[],
): number {
  for (const [nth, at] of order.slice(0, values.length).entries()) {
    const value = values[nth]!;
    const raw = isBytes(value)
      ? new Uint8Array(Buffer.from(value.base64, "base64"))
      : (value as RawValue);
    const result = kindOf(table.columns[at]!.type).compare(row[at]!, raw);
    if (result !== 0) return result;
  }
  return 0;
}

const isBytes = (value: PositionValue): value is { base64: string } =>
  typeof value === "object" && value !== null && "base64" in value;

type Predicate = (row: RawRow, table: StoredTable) => boolean | undefined;

/** `c > 5`, several joined by OR, and a remark at the end; unknown where the column is NULL. */
export function predicate(text: string | undefined): Predicate {
  if (text === undefined) return () => true;
  const parts = text
    .replace(/--.*$/, "")
    .split(" OR ")
    .map((part) => /^\s*(\w+) > (-?\d+)\s*$/.exec(part));
  // What a server says of such a statement quotes values; here it does not.
  if (parts.includes(null))
    throw new QianzhiError("QZ_QUERY_FAILED", { source: "legacy", operation: "scan" });
  return (row, table) => {
    const results = parts.map((match) => {
      const value = row[indexOf(table, match![1]!)]!;
      return value === null ? undefined : Number(value) > Number(match![2]);
    });
    return results.includes(true) || (results.includes(undefined) ? undefined : false);
  };
}

function marks(
  table: StoredTable,
  rows: readonly RawRow[],
  { deletedWhen, keptWhen }: ScanRequest,
): Uint8Array | undefined {
  if (deletedWhen === undefined && keptWhen === undefined) return undefined;
  const [gone, kept] = [predicate(deletedWhen), predicate(keptWhen)];
  return Uint8Array.from(rows, (row) =>
    (deletedWhen !== undefined && gone(row, table) === true) ||
    (keptWhen !== undefined && kept(row, table) !== true)
      ? 1
      : 0,
  );
}
