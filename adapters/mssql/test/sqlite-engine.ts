import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import type { TestTable } from "@qianzhi/adapter-testkit";
import { table } from "./scripted-source.ts";
import { answerCatalog, empty, objects, type CatalogTable } from "./scripted-table.ts";
import type { Asked } from "./tds/requests.ts";
import type { Answer } from "./tds/scripted-server.ts";
import { kinds, type ColumnKind } from "./tds/tokens.ts";

/*
 * Just enough of an engine to page over a socket with the real driver: the pages that the adapter writes, carried over
 * to SQLite. It proves the driver's way and the predicates' logic, and nothing about SQL Server's orders and plans.
 */

/** By what SQLite says a column was declared as; flags and counts are declared as nothing. */
const kindsByType: Readonly<Record<string, ColumnKind>> = {
  int: kinds.int,
  bigint: kinds.bigint,
  float: kinds.float,
  nvarchar: kinds.nvarchar,
};

export interface SqliteEngine extends Disposable {
  exec(sql: string): void;
  /** Lets the catalog know a table, or a view of it. */
  define(made: TestTable, view?: string): void;
  /** Undefined for a statement that has no result. */
  answer(asked: Asked): Answer | undefined;
}

export function sqliteEngine(): SqliteEngine {
  const database = new DatabaseSync(":memory:");
  const known = new Map<string, CatalogTable>();
  return {
    exec: (sql) => database.exec(carriedOver(sql)),
    define(made, view) {
      const name = view ?? made.name;
      known.set(`[${name}]`, { ...catalogOf(made), name, view: view !== undefined });
    },
    answer(asked) {
      const { sql, params } = asked;
      if (sql.includes("sys.")) return catalogAnswer(known, asked);
      if (/SYSDATETIME|GETDATE/.test(sql)) return now();
      if (!sql.startsWith("SELECT TOP")) return undefined;
      const leaked = /CONVERT\(int, \[(\w+)\]\)/.exec(sql)?.[1];
      try {
        const found = read(database, carriedOver(sql.replaceAll("CONVERT(int, ", "(")), params);
        if (leaked === undefined) return found;
      } catch (error) {
        return { errors: [errorOf(error as Error)] };
      }
      const values = read(database, `SELECT ${leaked} FROM ${/FROM (\S+)/.exec(sql)?.[1]}`, {});
      const text = `Conversion failed when converting the nvarchar value '${JSON.stringify(values.rows)}' to data type int.`;
      return { errors: [{ number: 245, text }] };
    },
    [Symbol.dispose]: () => database.close(),
  };
}

function catalogAnswer(known: ReadonlyMap<string, CatalogTable>, asked: Asked): Answer {
  const wanted = asked.params["p1"];
  if (wanted === undefined && asked.sql.includes("sys.objects")) return objects(...known.values());
  const found = known.get(String(wanted));
  return (found && answerCatalog(found, asked)) ?? empty;
}

const catalogOf = ({ columns, key }: TestTable): CatalogTable => ({
  key,
  columns: columns.map(({ name, type: { native } }) => {
    const [, type = native, length = "0"] = /^(\w+)(?:\((\d+)\))?/.exec(native) ?? [];
    return { name, type, bytes: 2 * Number(length), nullable: !key.includes(name) };
  }),
});

/** T-SQL of the few forms that the adapter and the suite write, as SQLite wants it. */
function carriedOver(sql: string): string {
  const plain = sql
    .replace(/\bN'/g, "'")
    .replace(/CONVERT\(bigint, (@p\d+)\)/g, "CAST($1 AS INTEGER)")
    .replace(/CONVERT\(float, (@p\d+)\)/g, "$1");
  const [, rows] = /^SELECT TOP \((\d+)\)/.exec(plain) ?? [];
  return rows === undefined ? plain : `SELECT${plain.slice(plain.indexOf(")") + 1)}\nLIMIT ${rows}`;
}

function read(
  database: DatabaseSyncInstance,
  sql: string,
  params: Readonly<Record<string, unknown>>,
) {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  const columns = statement
    .columns()
    .map(({ name, type }: { name: string; type: string | null }) => {
      const kind = kindsByType[/^\w+/.exec(String(type).toLowerCase())?.[0] ?? ""] ?? kinds.int;
      return [name, kind] as const;
    });
  const rows = statement.all(params as never) as unknown as unknown[][];
  const result = table(columns, rows);
  return result as Extract<typeof result, { rows: unknown }>;
}

function errorOf({ message }: Error) {
  const [, kind, name] = /^no such (table|column): (\S+)/.exec(message) ?? [];
  if (kind === "table") return { number: 208, text: `Invalid object name '${name}'.` };
  if (kind === "column") return { number: 207, text: `Invalid column name '${name}'.` };
  return { number: 102, text: `Incorrect syntax near 'it'. (${message})` };
}

const now = () => {
  const text = new Date(Date.now() + 8 * 3_600_000).toISOString();
  const clock = `${text.slice(0, 10)} ${text.slice(11, 23)}`;
  return table([["now", kinds.nvarchar]], [[clock]]);
};
