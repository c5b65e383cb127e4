import type { Column, Relation, RelationDescription, RelationSummary } from "@qianzhi/sdk";
import { QianzhiError } from "@qianzhi/sdk";
import { doubleQuoted as quote, fromClause, indexesFrom, summaryOf, unlisted } from "@qianzhi/sql";
import type { Catalog } from "./catalog.ts";
import { PARAMETER, type Link } from "./connect.ts";
import { GEOMETRY, geometryColumn } from "./types.ts";

const place = (owner: string, name: string) => `${owner} = ${PARAMETER} AND ${name} = ${PARAMETER}`;

/** Owner, name, kind, comment and estimated rows; a materialized view is a table here. */
const summaries = `SELECT c.OWNER, c.TABLE_NAME, c.TABLE_TYPE, c.COMMENTS, t.NUM_ROWS
FROM ALL_TAB_COMMENTS c LEFT JOIN ALL_TABLES t ON t.OWNER = c.OWNER AND t.TABLE_NAME = c.TABLE_NAME`;

/** Tables and views that the account may see; those outside the current schema have a name of two parts. */
export async function discover(link: Link, { schema, shown }: Catalog): Promise<RelationSummary[]> {
  const rows = await link.ask(
    `${summaries}
WHERE ${shown}
ORDER BY c.OWNER, c.TABLE_NAME`,
  );
  return rows.map((row) => {
    const name = [String(row[0]), String(row[1])];
    return summary(row[0] === schema ? name.slice(1) : name, row);
  });
}

function summary(name: readonly string[], row: readonly unknown[] | undefined): RelationSummary {
  const [, , type, comment, rows] = row ?? [];
  return summaryOf(name, { isView: type !== "TABLE", comment, rows });
}

/** Columns, key and indexes of a table, view or synonym, columns of a query; undefined when it is not to be seen. */
export async function describe(
  link: Link,
  relation: Relation,
  catalog: Catalog,
): Promise<RelationDescription | undefined> {
  const columns = await columnsOf(link, relation, catalog);
  if ("query" in relation) return columns && unlisted(columns);
  if (columns === undefined) return askForCapitals(link, relation.table, catalog);
  const found = await resolved(link, relation.table, catalog);
  if (found === undefined) return unlisted(columns, relation.table);
  const ask = (sql: string) => link.ask(sql, found.owner, found.name);
  const [row] = await ask(`${summaries} WHERE ${place("c.OWNER", "c.TABLE_NAME")}`);
  const comments = await ask(
    `SELECT COLUMN_NAME, COMMENTS FROM ALL_COL_COMMENTS WHERE ${place("OWNER", "TABLE_NAME")} AND COMMENTS IS NOT NULL`,
  );
  const key = await ask(
    `SELECT cc.COLUMN_NAME FROM ALL_CONSTRAINTS c
 JOIN ALL_CONS_COLUMNS cc ON cc.OWNER = c.OWNER AND cc.CONSTRAINT_NAME = c.CONSTRAINT_NAME
WHERE ${place("c.OWNER", "c.TABLE_NAME")} AND c.CONSTRAINT_TYPE = 'P' AND ${catalog.holds}
ORDER BY cc.POSITION`,
  );
  return {
    ...summary(relation.table, row),
    columns: withComments(
      await withSystems(columns, ask),
      new Map(comments.map(([name, text]) => [name, text])),
    ),
    key: key.map(([name]) => String(name)),
    indexes: (await indexesOf(ask, catalog)).indexes,
  };
}

/** The driver tells the columns of any result; no row of it is read. */
async function columnsOf(
  link: Link,
  relation: Relation,
  { columnOf, isAbsent }: Catalog,
): Promise<Column[] | undefined> {
  try {
    const sql = `SELECT * FROM ${fromClause(relation, { quote })} WHERE 1 = 0`;
    const { fields } = await link.run({ sql, params: [] });
    return fields.map(columnOf);
  } catch (error) {
    if ("table" in relation && isAbsent(error)) return undefined;
    throw error;
  }
}

/** Names are exact. One that exists in capitals is what most who write it in small letters mean. */
async function askForCapitals(
  link: Link,
  table: readonly string[],
  { schema }: Catalog,
): Promise<undefined> {
  const capitals = table.map((part) => part.toUpperCase());
  const [owner, name] = capitals.length > 1 ? capitals : [schema, capitals[0]];
  const found = await link.ask(
    `SELECT 1 FROM ALL_OBJECTS WHERE OWNER IN (${PARAMETER}, 'PUBLIC') AND OBJECT_NAME = ${PARAMETER}`,
    owner!,
    name!,
  );
  if (found.length === 0 || table.join() === capitals.join()) return undefined;
  throw new QianzhiError("QZ_TABLE_NOT_FOUND", {
    name: `${table.join(".")} (${capitals.join(".")}?)`,
  });
}

interface Place {
  readonly owner: string;
  readonly name: string;
}

/** A synonym may stand for another. */
const MAX_SYNONYMS = 8;

/** Where a name leads: its table or view, through synonyms; undefined beyond a database link. */
async function resolved(
  link: Link,
  table: readonly string[],
  { schema }: Catalog,
): Promise<Place | undefined> {
  let found: Place = { owner: table.length > 1 ? table[0]! : schema, name: table.at(-1)! };
  let publicly = table.length === 1;
  for (let step = 0; step < MAX_SYNONYMS; step++) {
    const { owner, name } = found;
    const objects = await link.ask(
      `SELECT 1 FROM ALL_OBJECTS WHERE ${place("OWNER", "OBJECT_NAME")} AND OBJECT_TYPE IN ('TABLE', 'VIEW')`,
      owner,
      name,
    );
    if (objects.length > 0) return found;
    const [target] = await link.ask(
      `SELECT TABLE_OWNER, TABLE_NAME, DB_LINK FROM ALL_SYNONYMS WHERE OWNER IN (${PARAMETER}, ${PARAMETER}) AND SYNONYM_NAME = ${PARAMETER}
ORDER BY CASE OWNER WHEN 'PUBLIC' THEN 2 ELSE 1 END`,
      owner,
      publicly ? "PUBLIC" : owner,
      name,
    );
    if (target === undefined || target[0] === null || target[2] !== null) return undefined;
    found = { owner: String(target[0]), name: String(target[1]) };
    publicly = false;
  }
  return undefined;
}

function withComments(
  columns: readonly Column[],
  comments: ReadonlyMap<unknown, unknown>,
): Column[] {
  return columns.map((column) => {
    const comment = comments.get(column.name);
    return comment === undefined ? column : { ...column, comment: String(comment) };
  });
}

type Ask = (sql: string) => Promise<unknown[][]>;

/** Columns of geometries, with the coordinate system that is registered for them. */
async function withSystems(columns: readonly Column[], ask: Ask): Promise<readonly Column[]> {
  if (!columns.some(({ native }) => native === GEOMETRY)) return columns;
  const rows = await ask(
    `SELECT COLUMN_NAME, SRID FROM ALL_SDO_GEOM_METADATA WHERE ${place("OWNER", "TABLE_NAME")}`,
  );
  const systems = new Map(rows.map(([name, srid]) => [name, srid]));
  return columns.map((column) => {
    const srid = systems.get(column.name);
    if (column.native !== GEOMETRY || srid === undefined) return column;
    return geometryColumn(column, srid === null ? null : String(srid));
  });
}

async function indexesOf(ask: Ask, { indexed, usable }: Catalog) {
  const rows = await ask(
    `SELECT i.INDEX_NAME, i.UNIQUENESS, ${indexed}
FROM ALL_INDEXES i JOIN ALL_IND_COLUMNS c ON c.INDEX_OWNER = i.OWNER AND c.INDEX_NAME = i.INDEX_NAME
WHERE ${place("i.TABLE_OWNER", "i.TABLE_NAME")} AND ${usable}
ORDER BY i.INDEX_NAME, c.COLUMN_POSITION`,
  );
  return indexesFrom(
    rows.map(([name, uniqueness, column]) => [name, uniqueness === "UNIQUE", false, column]),
  );
}
