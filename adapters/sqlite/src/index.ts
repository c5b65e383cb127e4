import { statSync } from "node:fs";
import { QianzhiError, type AdapterHost } from "@qianzhi/sdk";
import { defineSqlAdapter, type SqlConnection } from "@qianzhi/sql";
import { allRows, openReadOnly, type Database, pagesOf } from "./connect.ts";
import { planCost } from "./cost.ts";
import { describe, discover } from "./describe.ts";
import { sqliteDialect } from "./dialect.ts";
import { sqliteFault } from "./errors.ts";

export interface SqliteOptions {
  /** Path of the database file. */
  readonly path: string;
}

/** Reads an SQLite database file, opened for reading alone. Statements run on the calling thread, a page at a time. */
export const sqlite = defineSqlAdapter<SqliteOptions>({
  kind: "sqlite",
  optionsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["path"],
    properties: {
      path: { type: "string", minLength: 1, description: "Path of the database file." },
    },
  },
  async connect({ path }, host) {
    const source = host.source ?? path;
    const fault: SqlConnection["fault"] = (error, context) =>
      sqliteFault(error, { ...context, source, path });
    try {
      return connection(openReadOnly(path), path, host, { source, fault });
    } catch (error) {
      throw QianzhiError.is(error) ? error : fault(error, { operation: "open", name: path });
    }
  },
});

export default sqlite;

function connection(
  database: Database,
  path: string,
  host: AdapterHost,
  words: Pick<SqlConnection, "source" | "fault">,
): SqlConnection {
  const encoding = String(allRows(database, "PRAGMA encoding")[0]?.[0]);
  const now = async () =>
    String(
      allRows(database, "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', ?)", [host.offset])[0]?.[0],
    );
  return {
    ...words,
    now,
    cost: async (statement) => planCost(database, statement),
    dialect: sqliteDialect(encoding),
    query: async ({ sql, params }) => allRows(database, sql, params),
    endsWidePages: true,
    pages: (statement, pageRows) => pagesOf(database, statement, pageRows),
    async probe() {
      const [[version] = []] = allRows(database, "SELECT sqlite_version()");
      const { dev, ino } = statSync(path);
      return {
        product: "SQLite",
        version: String(version),
        now: await now(),
        offset: host.offset,
        charset: encoding,
        // A file copied back into place is another file.
        identity: `${dev}:${ino}`,
        readOnly: true,
        readOnlyAccount: true,
        replica: false,
      };
    },
    discover: async () => discover(database),
    describe: async (relation) => describe(database, relation),
    async close() {
      try {
        database.close();
      } catch {
        // Closed already.
      }
    },
  };
}
