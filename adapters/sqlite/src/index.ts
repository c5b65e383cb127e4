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
      const file = identityOf(path);
      return connection(openReadOnly(path), { path, file }, host, { source, fault });
    } catch (error) {
      throw QianzhiError.is(error) ? error : fault(error, { operation: "open", name: path });
    }
  },
});

export default sqlite;

/** A file copied back into place is another file. Undefined where there is none. */
function identityOf(path: string): string | undefined {
  const { dev, ino } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return ino === undefined ? undefined : `${dev}:${ino}`;
}

interface OpenedFile {
  readonly path: string;
  readonly file: string | undefined;
}

function connection(
  opened: Database,
  { path, file }: OpenedFile,
  host: AdapterHost,
  words: Pick<SqlConnection, "source" | "fault">,
): SqlConnection {
  // What was moved into the file's place meanwhile, every night in many offices, would never be read.
  const database = (): Database => {
    if (identityOf(path) !== file)
      throw new QianzhiError("QZ_SOURCE_LOST", { source: words.source });
    return opened;
  };
  const encoding = String(allRows(opened, "PRAGMA encoding")[0]?.[0]);
  const now = async () =>
    String(
      allRows(opened, "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', ?)", [host.offset])[0]?.[0],
    );
  return {
    ...words,
    now,
    cost: async (statement) => planCost(database(), statement),
    dialect: sqliteDialect(encoding),
    query: async ({ sql, params }) => allRows(database(), sql, params),
    endsWidePages: true,
    pages: (statement, pageRows) => pagesOf(database(), statement, pageRows),
    async probe() {
      const [[version] = []] = allRows(database(), "SELECT sqlite_version()");
      return {
        product: "SQLite",
        version: String(version),
        now: await now(),
        offset: host.offset,
        charset: encoding,
        identity: String(file),
        readOnly: true,
        readOnlyAccount: true,
        replica: false,
      };
    },
    discover: async () => discover(database()),
    describe: async (relation) => describe(database(), relation),
    async close() {
      try {
        opened.close();
      } catch {
        // Closed already.
      }
    },
  };
}
