import type { Column, Relation, RelationDescription, RelationSummary } from "@qianzhi/sdk";
import { columnFrom, fromClause, indexesFrom, summaryOf, unlisted } from "@qianzhi/sql";
import type { Link } from "./connect.ts";
import { quote } from "./quote.ts";
import { columnOf, fractionOf, typeOf } from "./types.ts";

type Ask = (sql: string, params: readonly unknown[]) => Promise<unknown[][]>;

const asker =
  (link: Link): Ask =>
  async (sql, params) =>
    (await link.run({ sql, params })).rows;

/** Tables and views of the database. A sequence has a row, too, and is neither. */
export async function discover(link: Link, database: string): Promise<RelationSummary[]> {
  const rows = await asker(link)(
    "SELECT TABLE_NAME, TABLE_TYPE, TABLE_COMMENT, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'SEQUENCE' ORDER BY TABLE_NAME",
    [database],
  );
  return rows.map((row) => summary([String(row[0])], row));
}

function summary(
  name: readonly string[],
  [, type, comment, rows]: readonly unknown[],
): RelationSummary {
  const isView = String(type).includes("VIEW");
  // The comment of a view is the word VIEW.
  return summaryOf(name, { isView, comment: isView ? null : comment, rows });
}

/** Columns, key and indexes of a table or view, columns of a query; undefined when the table is not to be seen. */
export async function describe(
  link: Link,
  relation: Relation,
  database: string,
): Promise<RelationDescription | undefined> {
  const ask = asker(link);
  if ("query" in relation) {
    const from = fromClause(relation, { quote });
    const { fields } = await link.run({ sql: `SELECT * FROM ${from} LIMIT 0`, params: [] });
    return unlisted(await withCharsets(ask, from, fields.map(columnOf)));
  }
  const table = relation.table.at(-1)!;
  const place = [relation.table.length > 1 ? relation.table[0]! : database, table];
  const [found] = await ask(
    "SELECT TABLE_NAME, TABLE_TYPE, TABLE_COMMENT, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
    place,
  );
  if (found === undefined) return askWhyNot(link, place);
  const columns = await ask(
    "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, NUMERIC_PRECISION, NUMERIC_SCALE, CHARACTER_MAXIMUM_LENGTH, " +
      "CHARACTER_SET_NAME, COLUMN_COMMENT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
    place,
  );
  // Another right on the database lists a table whose columns are kept from the account, and a view that is broken.
  if (columns.length === 0) return askWhyNot(link, place);
  const documents = await jsonColumns(
    link,
    place,
    columns.map(([name]) => String(name)),
  );
  return {
    ...summary(relation.table, found),
    columns: columns.map((row) => column(row, documents)),
    ...(await indexesOf(link, place)),
  };
}

/** A table that is not listed, or not its columns, is missing or kept from the account: the server tells which. */
async function askWhyNot(link: Link, place: readonly string[]): Promise<undefined> {
  const from = place.map((part) => quote(part)).join(".");
  try {
    await link.run({ sql: `SELECT 1 FROM ${from} LIMIT 0`, params: [] });
  } catch (error) {
    if (![1046, 1049, 1146].includes((error as { errno: number }).errno)) throw error;
  }
  return undefined;
}

/** The charsets of a query's columns, which the server converts before it tells of them; no row of it is read. */
async function withCharsets(ask: Ask, from: string, columns: readonly Column[]): Promise<Column[]> {
  const texts = columns.filter(({ type }) => type === "text");
  if (texts.length === 0) return [...columns];
  const asked = texts.map(({ name }) => `CHARSET(${quote(name)})`).join(", ");
  const [row = []] = await ask(
    `SELECT ${asked} FROM (SELECT 1) qz_one LEFT JOIN (SELECT * FROM ${from} LIMIT 0) qz_none ON 1 = 1`,
    [],
  );
  const charsets = new Map(texts.map(({ name }, at) => [name, row[at]]));
  return columns.map((each) => {
    const charset = charsets.get(each.name);
    return typeof charset === "string" ? { ...each, charset } : each;
  });
}

function column(row: readonly unknown[], documents: ReadonlySet<string>): Column {
  const [name, nativeType, nullable, precision, scale, length, charset, comment] = row;
  const native = String(nativeType).toLowerCase();
  const type = documents.has(String(name)) ? "json" : typeOf(native);
  return columnFrom({
    name,
    type,
    native,
    nullable: nullable === "YES",
    ...(type === "decimal" ? { precision, scale } : {}),
    ...fractionOf(native),
    ...(type === "text" || type === "binary" ? { length } : {}),
    charset,
    comment,
  });
}

/** MariaDB keeps JSON as a text with a check; the driver learns of it from the result's extended metadata. */
async function jsonColumns(
  link: Link,
  place: readonly string[],
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const [columns, from] = [names.map(quote).join(", "), place.map(quote).join(".")];
  try {
    const { fields } = await link.run({
      sql: `SELECT ${columns} FROM ${from} LIMIT 0`,
      params: [],
    });
    return new Set(
      fields.filter(({ extendedFormat }) => extendedFormat === "json").map(({ name }) => name),
    );
  } catch (error) {
    // An account with rights to some columns alone may not ask for all: a document then counts as the text that it is.
    if ([1142, 1143].includes((error as { errno: number }).errno)) return new Set();
    throw error;
  }
}

async function indexesOf(link: Link, place: readonly unknown[]) {
  // All columns: servers that can set an index aside, so that naming it is an error, tell so in one that others lack.
  const { rows, fields } = await link.run({
    sql: "SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY INDEX_NAME, SEQ_IN_INDEX",
    params: place,
  });
  const parts = rows.map((row) => new Map(fields.map(({ name }, at) => [name, row[at]])));
  // Neither the beginnings of values nor words or shapes in them give an order of the values.
  const isWhole = (part: ReadonlyMap<string, unknown>) =>
    part.get("SUB_PART") === null && /^(BTREE|HASH)$/.test(String(part.get("INDEX_TYPE")));
  return indexesFrom(
    parts
      .filter((part) => part.get("IS_VISIBLE") !== "NO" && part.get("IGNORED") !== "YES")
      .map((part) => [
        part.get("INDEX_NAME"),
        Number(part.get("NON_UNIQUE")) === 0,
        part.get("INDEX_NAME") === "PRIMARY",
        isWhole(part) ? part.get("COLUMN_NAME") : null,
      ]),
  );
}
