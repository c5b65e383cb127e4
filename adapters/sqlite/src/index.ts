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
      const file = stateOf(path);
      return connection(openReadOnly(path), { path, file }, host, { source, fault });
    } catch (error) {
      throw QianzhiError.is(error) ? error : fault(error, { operation: "open", name: path });
    }
  },
});

export default sqlite;

interface FileState {
  /** A file copied back into place is another file. */
  readonly identity: string;
  readonly written: string;
}

/** Undefined where there is no file that could be looked at: opening it says why. */
function stateOf(path: string): FileState | undefined {
  try {
    const { dev, ino, mtimeMs, size } = statSync(path);
    return { identity: `${dev}:${ino}`, written: `${mtimeMs}:${size}` };
  } catch {
    return undefined;
  }
}

interface OpenedFile {
  readonly path: string;
  readonly file: FileState | undefined;
}

function connection(
  opened: Database,
  { path, file }: OpenedFile,
  host: AdapterHost,
  words: Pick<SqlConnection, "source" | "fault">,
): SqlConnection {
  let written = file?.written;
  const database = (): Database => {
    const found = stateOf(path);
    // What was moved into the file's place meanwhile, every night in many offices, would never be read.
    if (found === undefined || found.identity !== file?.identity)
      throw new QianzhiError("QZ_SOURCE_LOST", { source: words.source });
    // What was copied over it may count as many changes as the file before, so that SQLite goes on with the pages of that.
    if (found.written !== written) opened.exec("PRAGMA shrink_memory");
    written = found.written;
    return opened;
  };
  const encoding = String(allRows(opened, "PRAGMA encoding")[0]?.[0]);
  const now = async () =>
    String(
      allRows(database(), "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', ?)", [host.offset])[0]?.[0],
    );
  return {
    ...words,
    now,
    cost: async (statement) => planCost(database(), statement),
    dialect: sqliteDialect(encoding),
    query: async ({ sql, params }) => allRows(database(), sql, params),
    pages: (statement, pageRows) => pagesOf(database(), statement, pageRows),
    async probe() {
      const [[version] = []] = allRows(opened, "SELECT sqlite_version()");
      return {
        product: "SQLite",
        version: String(version),
        charset: encoding,
        identity: file?.identity ?? "",
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
