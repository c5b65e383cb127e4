import type { Relation } from "@qianzhi/sdk";
import type { ConformanceHarness } from "./harness.ts";
import type { TestSession, TestTable } from "./test-type.ts";

/** Runs one statement; whatever it returns is not looked at. */
export type RunSql = (sql: string) => Promise<unknown>;

/** What differs between databases in the statements that put tables into them. */
export interface SqlWords {
  /** `"id"` unless said. */
  readonly name?: (identifier: string) => string;
  /** A text literal: `'it''s'` unless said. */
  readonly quote?: (text: string) => string;
  /** `DROP TABLE IF EXISTS …` unless said. */
  readonly dropTable?: (name: string) => string;
  /** `CREATE OR REPLACE VIEW … AS …` unless said. */
  readonly createView?: (name: string, query: string) => readonly string[];
  /** Puts rows in with one statement, each `(…, …)`: `INSERT INTO … VALUES …, …` unless said. */
  readonly insert?: (into: string, rows: readonly string[]) => string;
  /** Rows of one such statement; 500 unless said. */
  readonly insertRows?: number;
  /** How the reading account names a table; by its bare name unless said. */
  readonly relation?: (table: string) => Relation;
  /** `BEGIN`, `COMMIT` and `ROLLBACK` unless said. */
  readonly begin?: string;
  readonly commit?: string;
  readonly rollback?: string;
}

/** The members of a harness that are the same for every SQL database: tables, views, queries, predicates, texts. */
export function sqlTables(
  run: RunSql,
  words: SqlWords = {},
): Required<
  Pick<
    ConformanceHarness,
    "createTable" | "createRows" | "createView" | "queryOver" | "above" | "quote"
  >
> {
  const {
    name,
    quote,
    dropTable,
    createView,
    relation,
    insert,
    insertRows = 500,
  } = complete(words);
  async function createTable(table: TestTable): Promise<Relation> {
    await run(dropTable(table.name));
    await run(createTableSql(table, name));
    for (let at = 0; at < table.rows.length; at += insertRows)
      await run(insert(...rowsOf(table, table.rows.slice(at, at + insertRows), name)));
    return relation(table.name);
  }
  return {
    quote,
    above: (column, number) => `${name(column)} > ${number}`,
    queryOver: (over) =>
      "table" in over ? `SELECT * FROM ${over.table.map(name).join(".")}` : over.query,
    createTable,
    async createRows(table, count) {
      const made = await createTable(table);
      // Twice as many each time: by literals a million rows take minutes.
      for (let there = 1; there < count; there *= 2)
        await run(doubleSql(table, there, count, name));
      return made;
    },
    async createView(over) {
      const from = "table" in over ? over.table.map(name).join(".") : `(${over.query}) q`;
      for (const sql of createView("qz_view", `SELECT * FROM ${from}`)) await run(sql);
      return relation("qz_view");
    },
  };
}

/** A session over a connection of its own, which `close` ends. Two-phase commit is for the harness to add. */
export function sqlSession(
  connection: { readonly run: RunSql; close(): Promise<void> },
  words: SqlWords = {},
): Required<Omit<TestSession, "prepare">> {
  const { run } = connection;
  const { name, insert, begin, commit, rollback } = complete(words);
  const statement = async (sql: string) => {
    await run(sql);
  };
  return {
    insert: (table, row) => statement(insert(...rowsOf(table, [row], name))),
    update(table, row) {
      const set = table.columns.map((column, at) => `${name(column.name)} = ${row[at] ?? "NULL"}`);
      return statement(
        `UPDATE ${name(table.name)} SET ${set.join(", ")} WHERE ${keyIs(table, row[0]!, name)}`,
      );
    },
    remove: (table, key) =>
      statement(`DELETE FROM ${name(table.name)} WHERE ${keyIs(table, key, name)}`),
    begin: () => statement(begin),
    commit: () => statement(commit),
    rollback: () => statement(rollback),
    close: () => connection.close(),
  };
}

type Name = Required<SqlWords>["name"];

function complete(words: SqlWords) {
  const name = words.name ?? ((identifier) => `"${identifier}"`);
  return {
    begin: "BEGIN",
    commit: "COMMIT",
    rollback: "ROLLBACK",
    quote: (text: string) => `'${text.replaceAll("'", "''")}'`,
    dropTable: (table: string) => `DROP TABLE IF EXISTS ${name(table)}`,
    createView: (view: string, query: string) => [
      `CREATE OR REPLACE VIEW ${name(view)} AS ${query}`,
    ],
    relation: (table: string): Relation => ({ table: [table] }),
    insert: (into: string, rows: readonly string[]) =>
      `INSERT INTO ${into} VALUES ${rows.join(", ")}`,
    ...words,
    name,
  };
}

function createTableSql({ name: table, columns, key }: TestTable, name: Name): string {
  const fields = columns.map(
    (column) =>
      `${name(column.name)} ${column.type.native}${key.includes(column.name) ? " NOT NULL" : ""}`,
  );
  const primary = key.length === 0 ? [] : [`PRIMARY KEY (${key.map(name).join(", ")})`];
  return `CREATE TABLE ${name(table)} (${[...fields, ...primary].join(", ")})`;
}

/** Where rows go, and each of them, as `SqlWords.insert` takes them. */
function rowsOf(
  table: TestTable,
  rows: TestTable["rows"],
  name: Name,
): [into: string, rows: readonly string[]] {
  const columns = table.columns.map((column) => name(column.name)).join(", ");
  return [
    `${name(table.name)} (${columns})`,
    rows.map((row) => `(${row.map((value) => value ?? "NULL").join(", ")})`),
  ];
}

/** Adds the rows 1 to `there` once more behind themselves, but none beyond `count`. */
function doubleSql(table: TestTable, there: number, count: number, name: Name): string {
  const [key, ...others] = table.columns.map((column) => name(column.name));
  const rest = others.map((column) => `, ${column}`).join("");
  return (
    `INSERT INTO ${name(table.name)} (${key}${rest}) SELECT ${key} + ${there}${rest}` +
    ` FROM ${name(table.name)} WHERE ${key} <= ${count - there}`
  );
}

const keyIs = (table: TestTable, key: string, name: Name) =>
  `${name(table.columns[0]!.name)} = ${key}`;
