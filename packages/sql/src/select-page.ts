import type { RawValue, RelationDescription, ScanRequest } from "@qianzhi/sdk";
import type { Dialect, Doubt, Fragment, Ordering, Reading } from "./dialect.ts";
import { beyond, beyondRow, equalTo, oneOf } from "./keyset.ts";
import { findColumn, fromClause, operand } from "./relation.ts";

/** A scan request as a statement, and what is to be done with each of its rows. */
export interface PageStatement extends Fragment {
  /** Columns that were asked for; what follows in a row is bookkeeping. */
  readonly width: number;
  readonly conversions: readonly {
    readonly index: number;
    readonly convert: (value: unknown) => RawValue;
  }[];
  /** Columns whose values may have been garbled on the way; the page is then asked for `exactly`. */
  readonly doubts: readonly { readonly index: number; readonly when: Doubt["when"] }[];
  /** Index of the flag "deleted". */
  readonly deletedAt?: number;
  /** Index of the flag "equal to `from`", where raw values cannot tell. */
  readonly tiedAt?: number;
  /** Indexes of the order columns, when raw values can tell. */
  readonly orderAt: readonly number[];
}

/**
 * The statement for one page. It asks for one row more than the page holds, to know whether another page follows.
 * Rows with NULL in an order column are left out of an ordered read: they are asked for by `nulls`. `exactly` reads
 * columns in doubt by their longer expressions.
 */
export function selectPage(
  request: ScanRequest,
  description: RelationDescription,
  dialect: Dialect,
  exactly = false,
): PageStatement {
  const whole = selectRows(request, description, dialect, exactly);
  return { ...whole, sql: dialect.first(whole.sql, request.pageRows + 1) };
}

/** The statement for all rows, in no order. What may be garbled on the way is read by its longer expression at once. */
export function selectAll(
  request: Pick<ScanRequest, "relation" | "columns" | "where">,
  description: RelationDescription,
  dialect: Dialect,
): PageStatement {
  return selectRows({ ...request, order: [], pageRows: 0 }, description, dialect, true);
}

function selectRows(
  request: ScanRequest,
  description: RelationDescription,
  dialect: Dialect,
  exactly: boolean,
): PageStatement {
  const readings = request.columns.map(({ name, bytes }) => {
    const reading = dialect.read(findColumn(description, name), bytes === true);
    return exactly ? (reading.doubt?.exactly ?? reading) : reading;
  });
  const ordering = orderingOf(request, description, dialect);
  const ordered = request.keys === undefined && request.nulls === undefined;
  const orders = ordered ? request.order.map(ordering) : [];

  const select: Fragment[] = readings.map(({ sql }, at) =>
    plain(dialect.derives === true ? `${sql} AS qz_${at}` : sql),
  );
  const deleted = deletedFlag(request);
  // Flags get names of their own: a server would name them by their text, and a driver remembers the names it has seen.
  const deletedAt =
    deleted === undefined ? undefined : select.push(plain(`${deleted} AS qz_deleted`)) - 1;
  const byRaw = orders.every(({ rawEquality }) => rawEquality);
  const tiedAt =
    request.from === undefined || !ordered || byRaw
      ? undefined
      : select.push(flag(equalTo(orders, request.from))) - 1;

  const where = conditions(request, { description, dialect, orders, ordering });
  const text =
    `SELECT ${select.map(({ sql }) => sql).join(", ")} FROM ${fromClause(request.relation, dialect)}` +
    (orders.length === 0 ? "" : hint(request, description, dialect)) +
    (where.length === 0 ? "" : ` WHERE ${where.map(({ sql }) => sql).join(" AND ")}`) +
    (orders.length === 0 ? "" : ` ORDER BY ${orders.map(({ sql }) => sql).join(", ")}`);
  return {
    sql: text,
    params: [...select, ...where].flatMap(({ params }) => params),
    width: readings.length,
    conversions: readings.flatMap(conversion),
    doubts: readings.flatMap(({ doubt }, index) =>
      doubt === undefined ? [] : [{ index, when: doubt.when }],
    ),
    orderAt: request.order.map((name) =>
      request.columns.findIndex((column) => column.name === name),
    ),
    ...(deletedAt === undefined ? {} : { deletedAt }),
    ...(tiedAt === undefined ? {} : { tiedAt }),
  };
}

/** Names the index that gives the order, if there is one: every index ends in the primary key, said or not. */
function hint(
  { relation, order }: ScanRequest,
  { kind, key, indexes }: RelationDescription,
  { inOrderOf }: Dialect,
): string {
  if (inOrderOf === undefined || kind !== "table" || "query" in relation) return "";
  const wanted = order.map((name) => name.toLowerCase());
  const gives = (columns: readonly string[]): boolean => {
    const names = columns.map((name) => name.toLowerCase());
    return wanted.every((name, at) => name === names[at]);
  };
  const index = indexes.find(({ columns }) =>
    gives([...columns, ...key.filter((name) => !columns.includes(name))]),
  );
  return index === undefined ? "" : inOrderOf(index.name);
}

interface Parts {
  readonly description: RelationDescription;
  readonly dialect: Dialect;
  readonly orders: readonly Ordering[];
  ordering(name: string): Ordering;
}

function conditions(
  request: ScanRequest,
  { description, dialect, orders, ordering }: Parts,
): Fragment[] {
  const past = dialect.rowComparison === true ? beyondRow : beyond;
  const where: Fragment[] = [];
  if (request.from !== undefined && orders.length > 0)
    where.push(past(orders, ">", request.from, true));
  if (request.until !== undefined && orders.length > 0) {
    where.push(past(orders, "<", request.until.values, request.until.inclusive));
  }
  if (request.keys !== undefined)
    where.push(oneOf(request.keys.columns.map(ordering), request.keys.values));
  if (orders.length > 0) {
    const nullable = request.order
      .map((name) => findColumn(description, name))
      .filter((column) => column.nullable);
    where.push(...nullable.map(({ name }) => plain(`${dialect.quote(name)} IS NOT NULL`)));
  }
  if (request.nulls !== undefined) {
    // A server may call a zero date NULL where the column can hold none.
    const names = request.nulls
      .map((name) => findColumn(description, name))
      .filter((column) => column.nullable)
      .map(({ name }) => `${dialect.quote(name)} IS NULL`);
    where.push(plain(names.length === 0 ? "1 = 0" : `(${names.join(" OR ")})`));
  }
  if (request.where !== undefined) where.push(plain(operand(request.where)));
  return where;
}

function orderingOf(request: ScanRequest, description: RelationDescription, dialect: Dialect) {
  const bytes = new Set(
    request.columns.filter((column) => column.bytes === true).map(({ name }) => name),
  );
  return (name: string) => dialect.order(findColumn(description, name), bytes.has(name));
}

const plain = (sql: string): Fragment => ({ sql, params: [] });

const flag = ({ sql, params }: Fragment): Fragment => ({
  sql: `CASE WHEN ${sql} THEN 1 ELSE 0 END AS qz_tied`,
  params,
});

/** A predicate that is NULL neither deletes a row nor keeps it. */
function deletedFlag({ deletedWhen, keptWhen }: ScanRequest): string | undefined {
  if (deletedWhen === undefined && keptWhen === undefined) return undefined;
  const gone = deletedWhen === undefined ? "" : ` WHEN ${operand(deletedWhen)} THEN 1`;
  const kept = keptWhen === undefined ? "" : ` WHEN ${operand(keptWhen)} THEN 0`;
  return `CASE${gone}${kept} ELSE ${keptWhen === undefined ? 0 : 1} END`;
}

function conversion({ convert }: Reading, index: number) {
  return convert === undefined ? [] : [{ index, convert }];
}
