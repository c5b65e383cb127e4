import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import type { TestTable } from "@qianzhi/adapter-testkit";
import { table, texts } from "./scripted-source.ts";
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
  text: kinds.nvarchar,
};

export interface SqliteEngine extends Disposable {
  exec(sql: string): void;
  /** Lets the catalog know a table, or a view of it. */
  define(made: Omit<TestTable, "rows">, view?: string): void;
  /** Undefined for a statement that has no result. */
  answer(asked: Asked): Answer | undefined;
}

export function sqliteEngine(path = ":memory:"): SqliteEngine {
  const database = new DatabaseSync(path);
  const known = new Map<string, CatalogTable>();
  return {
    exec: (sql) => database.exec(carriedOver(sql)),
    define(made, view) {
      const name = view ?? made.name;
      known.set(`[${name}]`, { ...catalogOf(made), name, view: view !== undefined });
    },
    answer(asked) {
      const { sql, params } = asked;
      if (sql.includes("CHANGE_TRACKING")) return trackedVersions(database);
      if (sql.includes("CHANGETABLE")) return trackedChanges(database, asked);
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

/**
 * The log of a test's triggers is what is tracked: `feed`, with a number and a key. What was taken out of it is forgotten.
 * The changes of a transaction have one version, the number of its last, which is in `commits`.
 */
function trackedVersions(database: DatabaseSyncInstance): Answer {
  const [row] = read(
    database,
    `SELECT coalesce(last, 0), coalesce(first - 1, last, 0)
       FROM (SELECT min(n) AS first FROM feed), (SELECT max(seq) AS last FROM sqlite_sequence WHERE name = 'feed')`,
    {},
  ).rows;
  return texts((row ?? []).map(String));
}

/** The statement over `feed`, for a table with a key of one column of which nothing else is asked. */
function trackedChanges(database: DatabaseSyncInstance, { sql, params }: Asked): Answer {
  const plain = sql
    .replace("CONVERT(varchar(20), SYS_CHANGE_VERSION)", "SYS_CHANGE_VERSION")
    .replace(
      /CHANGETABLE\(CHANGES \S+, (\d+)\) AS ct OUTER APPLY \(SELECT (.+?) FROM (\S+) WHERE (\[\w+\]) = ct\.\S+\) AS t/,
      `(SELECT k AS $4, (SELECT min(n) FROM commits WHERE n >= max(feed.n)) AS SYS_CHANGE_VERSION
          FROM feed WHERE n > $1 GROUP BY k) AS ct
       LEFT JOIN (SELECT $2, $4 AS qz_key FROM $3) AS t ON qz_key = ct.$4`,
    );
  const { columns, rows } = read(database, carriedOver(plain), params);
  const names = columns.map(({ name }) => name);
  return table(
    names.map((name, at) => [name, at === 1 ? kinds.int : kinds.nvarchar]),
    rows.map(([version, here, ...keys]) => [String(version), here, ...keys]),
  );
}

function catalogAnswer(known: ReadonlyMap<string, CatalogTable>, asked: Asked): Answer {
  const wanted = asked.params["p1"];
  if (wanted === undefined && asked.sql.includes("sys.objects")) return objects(...known.values());
  const found = known.get(String(wanted));
  return (found && answerCatalog(found, asked)) ?? empty;
}

const catalogOf = ({ columns, key }: Omit<TestTable, "rows" | "name">): CatalogTable => ({
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
