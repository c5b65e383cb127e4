import type { Column, Relation, RelationDescription, RelationSummary } from "@qianzhi/sdk";
import { fromClause, indexesFrom, summaryOf, unlisted } from "@qianzhi/sql";
import { PARAMETER, type Link } from "./connect.ts";
import { quote } from "./dialect.ts";
import { columnOf, columnOfField } from "./types.ts";

/** Where a relation is: an object of this or of another database of the server. */
interface Place {
  readonly database: string | undefined;
  /** What OBJECT_ID takes. */
  readonly object: string;
}

const catalog = ({ database }: Pick<Place, "database">) =>
  database === undefined ? "sys" : `${quote(database)}.sys`;

/** Views and synonyms count as what they stand for. */
const summaries = (sys: string) => `SELECT s.name, o.name, CONVERT(varchar(2), o.type),
 CONVERT(nvarchar(4000), e.value), p.rows
FROM ${sys}.objects AS o
JOIN ${sys}.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN ${sys}.extended_properties AS e
 ON e.class = 1 AND e.major_id = o.object_id AND e.minor_id = 0 AND e.name = N'MS_Description'
LEFT JOIN (SELECT object_id, SUM(rows) AS rows FROM ${sys}.partitions WHERE index_id IN (0, 1) GROUP BY object_id) AS p
 ON p.object_id = o.object_id
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0`;

const columns = (
  sys: string,
) => `SELECT c.name, t.name, c.max_length, c.precision, c.scale, c.is_nullable,
 c.collation_name, CONVERT(int, COLLATIONPROPERTY(c.collation_name, 'CodePage')), CONVERT(nvarchar(4000), e.value)
FROM ${sys}.columns AS c
LEFT JOIN ${sys}.types AS t
 ON t.user_type_id = CASE WHEN c.system_type_id = 240 THEN c.user_type_id ELSE c.system_type_id END
LEFT JOIN ${sys}.extended_properties AS e
 ON e.class = 1 AND e.major_id = c.object_id AND e.minor_id = c.column_id AND e.name = N'MS_Description'
WHERE c.object_id = OBJECT_ID(${PARAMETER}) ORDER BY c.column_id`;

/** An index over some of the rows proves nothing of the others; 2005 knows none such. */
const indexes = (
  sys: string,
  major: number,
) => `SELECT i.name, i.is_unique, i.is_primary_key, c.name
FROM ${sys}.indexes AS i
JOIN ${sys}.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.key_ordinal > 0
JOIN ${sys}.columns AS c ON c.object_id = i.object_id AND c.column_id = k.column_id
WHERE i.object_id = OBJECT_ID(${PARAMETER}) AND i.is_disabled = 0 AND i.is_hypothetical = 0${major >= 10 ? " AND i.has_filter = 0" : ""}
ORDER BY i.index_id, k.key_ordinal`;

const synonym = (
  sys: string,
) => `SELECT PARSENAME(base_object_name, 4), PARSENAME(base_object_name, 3),
 PARSENAME(base_object_name, 2), PARSENAME(base_object_name, 1)
FROM ${sys}.synonyms WHERE object_id = OBJECT_ID(${PARAMETER})`;

/** Tables and views of the database. */
export async function discover(link: Link): Promise<RelationSummary[]> {
  const { rows } = await link.run({
    sql: `${summaries("sys")} ORDER BY s.name, o.name`,
    params: [],
  });
  return rows.map((row) => summary([String(row[0]), String(row[1])], row));
}

function summary(
  name: readonly string[],
  [, , type, comment, rows]: readonly unknown[],
): RelationSummary {
  return summaryOf(name, { isView: String(type).trim() === "V", comment, rows });
}

/** Columns, key and indexes of a table or view, columns of a query; undefined when the table is not to be seen. */
export async function describe(
  link: Link,
  relation: Relation,
  major: number,
): Promise<RelationDescription | undefined> {
  if ("query" in relation) return describeResult(link, relation, ["query"]);
  const place = await placeOf(link, relation.table);
  const sys = catalog(place);
  const ask = async (sql: string) => (await link.run({ sql, params: [place.object] })).rows;
  const [found] = await ask(`${summaries(sys)} AND o.object_id = OBJECT_ID(${PARAMETER})`);
  if (found === undefined) return describeUnlisted(link, relation);
  const held = indexesFrom(await ask(indexes(sys, major)));
  return {
    ...summary(relation.table, found),
    columns: (await ask(columns(sys))).map(column),
    ...held,
  };
}

async function describeResult(
  link: Link,
  relation: Relation,
  name: readonly string[],
): Promise<RelationDescription> {
  const sql = `SELECT TOP (0) * FROM ${fromClause(relation, { quote })}`;
  const { fields } = await link.run({ sql, params: [] });
  return unlisted(fields.map(columnOfField), name);
}

const UNKNOWN_OBJECT = 208;

/** A system's own view, or what a synonym means on another server: no catalog here lists it, but it may be read. */
async function describeUnlisted(
  link: Link,
  relation: { readonly table: readonly string[] },
): Promise<RelationDescription | undefined> {
  try {
    return await describeResult(link, relation, relation.table);
  } catch (error) {
    if ((error as { number?: number }).number === UNKNOWN_OBJECT) return undefined;
    throw error;
  }
}

/** The object that a name stands for, which may be a synonym. */
async function placeOf(link: Link, table: readonly string[]): Promise<Place> {
  const database = table.length === 3 ? table[0] : undefined;
  const object = table.map(quote).join(".");
  const sql = synonym(catalog({ database }));
  const [base] = (await link.run({ sql, params: [object] })).rows;
  const [server, other, schema, name] = (base ?? []).map((part) =>
    part === null ? undefined : String(part),
  );
  if (name === undefined || server !== undefined) return { database, object };
  const within = other ?? database;
  const parts = [within, schema ?? (within === undefined ? undefined : "dbo"), name];
  return {
    database: within,
    object: parts.flatMap((part) => (part === undefined ? [] : [quote(part)])).join("."),
  };
}

function column(row: readonly unknown[]): Column {
  const [name, base, bytes, precision, scale, nullable, collation, codePage, comment] = row;
  const text = (value: unknown) => (value === null ? undefined : String(value));
  return columnOf({
    name: String(name),
    base: text(base) ?? "unknown",
    bytes: Number(bytes),
    precision: Number(precision),
    scale: Number(scale),
    nullable: Boolean(nullable),
    collation: text(collation),
    codePage,
    comment,
  });
}
