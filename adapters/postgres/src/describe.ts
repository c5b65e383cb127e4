import type { Column, Relation, RelationDescription, RelationSummary } from "@qianzhi/sdk";
import { fromClause, indexesFrom, summaryOf, unlisted } from "@qianzhi/sql";
import { PARAMETER, type Link } from "./connect.ts";
import { postgresDialect } from "./dialect.ts";
import { typedColumn, type CatalogType } from "./types.ts";

type Row = readonly (string | null)[];

const rowsOf = async (link: Link, sql: string, params: readonly unknown[]): Promise<Row[]> =>
  (await link.run({ sql, params })).rows as Row[];

/**
 * Name, kind, comment and estimated rows, those of partitions and children included. The relations are chosen where the
 * recursion starts: each poll describes its table, in databases that may have thousands.
 */
const summaries = (chosen: string): string => `WITH RECURSIVE tree (root, oid) AS (
    SELECT c.oid, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${chosen}
    UNION SELECT tree.root, i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid),
  size (oid, rows) AS (
    SELECT tree.root, sum(nullif(leaf.reltuples, -1)) FROM tree JOIN pg_class leaf ON leaf.oid = tree.oid GROUP BY 1)
  SELECT n.nspname, c.relname, c.relkind, obj_description(c.oid, 'pg_class'), round(size.rows::numeric), c.oid
  FROM size JOIN pg_class c ON c.oid = size.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  ORDER BY n.nspname, c.relname`;

/** Tables and views that are no partition of another; those outside the schema have a name of two parts. */
export async function discover(link: Link, schema: string): Promise<RelationSummary[]> {
  const rows = await rowsOf(
    link,
    summaries(
      `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
       AND NOT EXISTS (SELECT 1 FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid AND p.relkind = 'p')
       AND has_schema_privilege(n.oid, 'USAGE')`,
    ),
    [],
  );
  return rows.map((row) => {
    const name = [row[0]!, row[1]!];
    return summary(row[0] === schema ? name.slice(1) : name, row);
  });
}

function summary(name: readonly string[], [, , kind, comment, rows]: Row): RelationSummary {
  const isView = kind === "v" || kind === "m";
  // A view has no rows of its own.
  return summaryOf(name, { isView, comment, rows: kind === "v" ? null : rows });
}

/** Columns, key and indexes of a table or view, columns of a query; undefined when the table is not to be seen. */
export async function describe(
  link: Link,
  relation: Relation,
  schema: string,
): Promise<RelationDescription | undefined> {
  if ("query" in relation) {
    const sql = `SELECT * FROM ${fromClause(relation, postgresDialect)} LIMIT 0`;
    const { fields } = await link.run({ sql, params: [] });
    const types = await catalogTypes(
      link,
      fields.map(({ dataTypeID, dataTypeModifier }) => ({
        oid: String(dataTypeID),
        modifier: dataTypeModifier,
      })),
    );
    return unlisted(
      fields.map(({ name }, at) => ({ name, nullable: true, ...typedColumn(types[at]!) })),
    );
  }
  const place = [
    relation.table.length > 1 ? relation.table.at(-2)! : schema,
    relation.table.at(-1)!,
  ];
  const [found] = await rowsOf(
    link,
    summaries(`n.nspname = ${PARAMETER} AND c.relname = ${PARAMETER}`),
    place,
  );
  if (found === undefined) return undefined;
  const oid = found[5]!;
  return {
    ...summary(relation.table, found),
    columns: await columnsOf(link, oid),
    ...(await indexesOf(link, oid)),
  };
}

/** Since PostgreSQL 18 a column can be NOT NULL for what will be written, and hold NULL from before. */
async function columnsOf(link: Link, oid: string): Promise<Column[]> {
  const rows = await link.texts(
    `SELECT attname, atttypid, atttypmod, attnotnull AND NOT EXISTS (
         SELECT 1 FROM pg_constraint WHERE conrelid = attrelid AND attnum = ANY (conkey) AND contype = 'n' AND NOT convalidated),
         col_description(attrelid, attnum)
       FROM pg_attribute WHERE attrelid = ${oid} AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  const types = await catalogTypes(
    link,
    rows.map(([, type, modifier]) => ({ oid: type!, modifier: Number(modifier) })),
  );
  return rows.map(([name, , , notNull, comment], at) => ({
    name: name!,
    nullable: notNull !== "t",
    ...typedColumn(types[at]!),
    ...(comment === null || comment === undefined ? {} : { comment }),
  }));
}

interface TypeUse {
  readonly oid: string;
  readonly modifier: number;
}

async function catalogTypes(link: Link, uses: readonly TypeUse[]): Promise<CatalogType[]> {
  if (uses.length === 0) return [];
  const asked = uses.map(({ oid, modifier }, at) => `(${at}, ${oid}, ${modifier})`).join(", ");
  const rows = await link.texts(
    `SELECT t.typname, n.nspname, t.typtype, t.typcategory, format_type(asked.oid, asked.modifier), t.typbasetype, t.typtypmod,
            (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid IN (t.oid, t.typelem))
       FROM (VALUES ${asked}) asked (at, oid, modifier)
       LEFT JOIN pg_type t ON t.oid = asked.oid LEFT JOIN pg_namespace n ON n.oid = t.typnamespace ORDER BY asked.at`,
  );
  // A domain is read as what it is made of, which may be a domain again.
  if (rows.some(([, , kind]) => kind === "d"))
    return catalogTypes(
      link,
      rows.map(([, , kind, , , base, modifier], at) =>
        kind === "d" ? { oid: base!, modifier: Number(modifier) } : uses[at]!,
      ),
    );
  return rows.map(([name, schema, kind, category, native, , , labels], at) => ({
    name: name ?? "",
    schema: schema ?? "",
    kind: kind ?? "",
    category: category ?? "",
    modifier: uses[at]!.modifier,
    native: native ?? "",
    ...(labels === null || labels === undefined
      ? {}
      : { labels: JSON.parse(labels) as readonly string[] }),
  }));
}

/** Indexes that give the order of their columns: whole, valid, sorted as the columns compare. */
async function indexesOf(link: Link, oid: string) {
  const rows = await link.texts(
    `SELECT c.relname, i.indisunique, i.indisprimary, a.attname
       FROM (SELECT *, generate_subscripts(indkey, 1) AS place FROM pg_index WHERE indrelid = ${oid}) i
       JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
       JOIN pg_opclass o ON o.oid = i.indclass[i.place]
       LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[i.place] AND a.attnum > 0
         AND a.attcollation = i.indcollation[i.place] AND o.opcname NOT LIKE '%pattern_ops'
      WHERE am.amname IN ('btree', 'ubtree') AND i.indisvalid AND i.indpred IS NULL
      ORDER BY c.relname, i.place`,
  );
  // An index over an expression, or in another order than its column's, has no column to name there.
  return indexesFrom(rows);
}
