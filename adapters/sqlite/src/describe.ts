import type { Column, Index, Relation, RelationDescription, RelationSummary } from "@qianzhi/sdk";
import { fromClause, indexesFrom, unlisted } from "@qianzhi/sql";
import { allRows, type Database } from "./connect.ts";
import { quote } from "./dialect.ts";
import { sizeOf, typeOfDeclaration, typeOfStorage } from "./types.ts";

/** Rows from which the type of an undeclared column is told. */
const SAMPLE_ROWS = 100;

/** Tables and views, SQLite's own left out. */
export function discover(database: Database): RelationSummary[] {
  const sql =
    "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
  return allRows(database, sql).map(([name, kind]) => ({
    name: [String(name)],
    kind: kind as "table" | "view",
  }));
}

/** Columns, key and indexes of a table, view or query; undefined when there is no such table. */
export function describe(database: Database, relation: Relation): RelationDescription | undefined {
  if ("query" in relation) {
    const statement = database.prepare(`SELECT * FROM ${fromClause(relation, { quote })} LIMIT 0`);
    const declared = statement
      .columns()
      .map(({ name, type }) => ({ name, declared: type, nullable: true }));
    return unlisted(typed(database, relation, declared));
  }
  const table = relation.table.at(-1)!;
  const schema = relation.table.length > 1 ? relation.table[0]! : "main";
  if (schema.toLowerCase() !== "main") return undefined;
  const named = allRows(
    database,
    `SELECT type FROM ${quote(schema)}.sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')`,
    [table],
  );
  if (named.length === 0) return undefined;
  // 1 marks the hidden columns of virtual tables, 2 and 3 generated ones.
  const info = allRows(
    database,
    'SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1 ORDER BY cid',
    [table, schema],
  ).map(([name, declared, notNull, pk]) => ({
    name: String(name),
    declared: String(declared),
    nullable: notNull === 0n,
    pk: Number(pk),
  }));
  const key = info.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
  const rowid =
    key.length === 1 && key[0]!.declared.toUpperCase() === "INTEGER" ? key[0] : undefined;
  return {
    name: relation.table,
    kind: named[0]![0] as "table" | "view",
    // Only the row id is never NULL by itself; other primary keys of SQLite may be.
    columns: typed(
      database,
      relation,
      info.map((each) => (each === rowid ? { ...each, nullable: false } : each)),
    ),
    key: key.map(({ name }) => name),
    indexes: indexesOf(database, table, schema),
  };
}

interface Declared {
  readonly name: string;
  readonly declared: string | null;
  readonly nullable: boolean;
}

function typed(database: Database, relation: Relation, declared: readonly Declared[]): Column[] {
  const unknown = declared.filter((each) => typeOfDeclaration(each.declared) === undefined);
  const sampled = new Map<string, Set<string>>(unknown.map(({ name }) => [name, new Set()]));
  if (unknown.length > 0) {
    const classes = unknown.map(({ name }) => `typeof(${quote(name)})`).join(", ");
    const sql = `SELECT ${classes} FROM ${fromClause(relation, { quote })} LIMIT ${SAMPLE_ROWS}`;
    for (const row of allRows(database, sql)) {
      unknown.forEach(({ name }, at) => sampled.get(name)?.add(String(row[at])));
    }
  }
  return declared.map(({ name, declared: native, nullable }) => {
    const type = typeOfDeclaration(native) ?? typeOfStorage(sampled.get(name) ?? new Set());
    return { name, type, native: native ?? "", nullable, ...sizeOf(native, type) };
  });
}

function indexesOf(database: Database, table: string, schema: string): readonly Index[] {
  // An index over an expression has no column to name there.
  const sql = `SELECT list.name, list."unique" AND NOT list.partial, 0, info.name FROM pragma_index_list(?, ?) AS list
    JOIN pragma_index_info(list.name, ?) AS info ORDER BY list.seq, info.seqno`;
  return indexesFrom(allRows(database, sql, [table, schema, schema])).indexes;
}
