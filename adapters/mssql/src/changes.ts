import {
  QianzhiError,
  type ChangesPage,
  type ColumnRequest,
  type PositionValue,
  type RawValue,
  type Relation,
} from "@qianzhi/sdk";
import {
  beyond,
  findColumn,
  fromClause,
  positionOf,
  relationName,
  type ChangesRequest,
  type Dialect,
  type Fragment,
  type Ordering,
  type Reading,
  type SourceWords,
} from "@qianzhi/sql";
import { PARAMETER, type Link } from "./connect.ts";

/** As many rows as the engine asks for in a page. */
const PAGE_ROWS = 1_000;

/** Where change tracking goes on: after a version, and within a read after a row. */
interface Position {
  readonly version: string;
  /** The version that was current when this read began; at its end, where the next one begins. */
  readonly until?: string;
  readonly after?: readonly PositionValue[];
}

/**
 * What change tracking lists after a version, in the order of versions, each row as it is now: one that is not there
 * any more is a deletion. What is committed during a read has a version after `until`, and comes again.
 */
export async function readChanges(
  link: Link,
  dialect: Dialect,
  words: SourceWords,
  request: ChangesRequest,
): Promise<ChangesPage> {
  const name = relationName(request.relation);
  const { current, oldest } = await versions(link, dialect, words, request.relation);
  const position = request.position as Position | null | undefined;
  if (position === null || position === undefined)
    return { changes: [], position: { version: current }, end: true };
  const { version, until = current } = position;
  // A version beyond the current one was given before the database was restored.
  if (BigInt(version) < BigInt(oldest) || BigInt(version) > BigInt(current))
    throw new QianzhiError("QZ_CHANGES_LOST", { source: words.source, name });
  const readings = readingsOf(dialect, request);
  const { rows } = await link.run(changesStatement(dialect, request, position));
  const end = rows.length <= PAGE_ROWS;
  if (!end) rows.length = PAGE_ROWS;
  const width = request.columns.length;
  let after: readonly PositionValue[] = [];
  const changes = rows.map(([at, here, ...cells]) => {
    const values = cells.map((value, index) => converted(value, readings[index]!));
    after = [String(at), ...values.slice(width).map((value) => positionOf(value)!)];
    return {
      op: here === null ? ("delete" as const) : ("upsert" as const),
      row: values.slice(0, width),
    };
  });
  return { changes, position: end ? { version: until } : { version, until, after }, end };
}

const converted = (value: unknown, { convert }: Reading): RawValue =>
  value === null || convert === undefined ? (value as RawValue) : convert(value);

/** The columns that were asked for, and the key for the position. */
function readingsOf(
  dialect: Dialect,
  { description, columns }: ChangesRequest,
): readonly Reading[] {
  const all: readonly ColumnRequest[] = [...columns, ...description.key.map((name) => ({ name }))];
  return all.map(({ name, bytes }) => dialect.read(findColumn(description, name), bytes === true));
}

/** Versions are whole numbers of the server's own; written as text they stay exact. */
const byVersion: Ordering = {
  sql: "SYS_CHANGE_VERSION",
  rawEquality: true,
  bind: (value) => ({ sql: `CONVERT(bigint, ${PARAMETER})`, params: [String(value)] }),
};

/** Keys come from the list of changes, so that a deletion has them; all else from the row, if there is one. */
function changesStatement(
  dialect: Dialect,
  request: ChangesRequest,
  { version, after = [] }: Position,
): Fragment {
  const { relation, description, columns } = request;
  const table = fromClause(relation, dialect);
  const readings = readingsOf(dialect, request);
  const keys = description.key.map((name) => findColumn(description, name));
  const isKey = (at: number) =>
    at >= columns.length ||
    description.key.includes(findColumn(description, columns[at]!.name).name);
  const inner = readings.flatMap(({ sql }, at) => (isKey(at) ? [] : [`${sql} AS qz_${at}`]));
  const outer = readings.map(({ sql }, at) =>
    at >= columns.length ? `${sql} AS qz_${at}` : isKey(at) ? sql : `qz_${at}`,
  );
  const same = keys.map(({ name }) => `${dialect.quote(name)} = ct.${dialect.quote(name)}`);
  const orders = [byVersion, ...keys.map((key) => dialect.order(key, false))];
  const past = after.length === 0 ? undefined : beyond(orders, ">", after, false);
  // The function takes no expression for the version, and no parameter of another type than its own.
  const text =
    `SELECT CONVERT(varchar(20), SYS_CHANGE_VERSION), qz_row, ${outer.join(", ")}` +
    ` FROM CHANGETABLE(CHANGES ${table}, ${BigInt(version)}) AS ct` +
    ` OUTER APPLY (SELECT ${["1 AS qz_row", ...inner].join(", ")} FROM ${table} WHERE ${same.join(" AND ")}) AS t` +
    (past === undefined ? "" : ` WHERE ${past.sql}`) +
    ` ORDER BY ${orders.map(({ sql }) => sql).join(", ")}`;
  return { sql: dialect.first(text, PAGE_ROWS + 1), params: past?.params ?? [] };
}

/** NULL where the table is not tracked, or the account may not see that it is. */
async function versions(
  link: Link,
  dialect: Dialect,
  { source, user, database }: SourceWords,
  relation: Relation,
): Promise<{ readonly current: string; readonly oldest: string }> {
  const table = fromClause(relation, dialect);
  const [other] = "table" in relation && relation.table.length === 3 ? relation.table : [];
  const select = (object: string) =>
    "SELECT CONVERT(varchar(20), CHANGE_TRACKING_CURRENT_VERSION()), " +
    `CONVERT(varchar(20), CHANGE_TRACKING_MIN_VALID_VERSION(OBJECT_ID(${object})))`;
  // The functions speak of the database in which they are called.
  const sql =
    other === undefined
      ? select(PARAMETER)
      : `EXEC ${dialect.quote(other)}.sys.sp_executesql N'${select("@object")}', N'@object nvarchar(1000)', @object = ${PARAMETER}`;
  const [[current, oldest] = []] = (await link.run({ sql, params: [table] })).rows;
  if (typeof current === "string" && typeof oldest === "string") return { current, oldest };
  throw new QianzhiError("QZ_SOURCE_DENIED", {
    source,
    operation: "VIEW CHANGE TRACKING",
    name: relationName(relation),
    grant:
      `ALTER DATABASE ${dialect.quote(other ?? database)} SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 7 DAYS); ` +
      `ALTER TABLE ${table} ENABLE CHANGE_TRACKING; ` +
      `GRANT VIEW CHANGE TRACKING ON ${table} TO ${dialect.quote(user)};`,
  });
}
