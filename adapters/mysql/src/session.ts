import type { Link } from "./connect.ts";
import { MAX_SORT_BYTES } from "./dialect.ts";

/** What is known of a server once a session stands. */
export interface ServerFacts {
  readonly mariadb: boolean;
  readonly version: string;
  readonly variables: ReadonlyMap<string, string>;
  /** What KILL QUERY takes. */
  readonly connectionId: string;
  /** `user@host` as the server matched it, for a GRANT. */
  readonly account: string;
  readonly readOnly: boolean;
  /** There are tables of engines whose transactions are in no list. */
  readonly otherEngines: boolean;
  /** Digits of a second that the server's clock gives. */
  readonly clockDigits: 0 | 6;
}

/** GROUP_CONCAT cuts silently at 1,024 bytes unless told otherwise. */
const GROUP_CONCAT_BYTES = 64 * 1024 * 1024;
/** The server gives up on a client that does not take a page within this time. */
const NET_WRITE_SECONDS = 300;

const variables = [
  "version",
  "version_comment",
  "server_uuid",
  "server_uid",
  "server_id",
  "hostname",
  "port",
  "datadir",
  "read_only",
  "character_set_database",
  "wsrep_on",
  "group_replication_group_name",
];

/** Undoes what the server's init_connect may have set; before anything is asked, since answers would be cut by it. */
const harmless = [
  // An open transaction would hold a snapshot, and the tables against every ALTER.
  "autocommit = 1",
  `sql_select_limit = ${2n ** 64n - 1n}`,
  "sql_big_selects = 1",
  "sql_auto_is_null = 0",
  // Some servers end a session that rests for seconds: between two polls, too. The server's own default.
  "wait_timeout = 28800",
];

/** After which the server gives up a statement, and the wait for a lock. */
export interface TimeLimits {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

/**
 * Makes the session exact and harmless: texts in utf8mb4, zoneless times in the source's offset, read committed, read
 * only and with time-outs as far as the server's version knows them.
 */
export async function prepareSession(
  link: Link,
  offset: string,
  { statementTimeoutMs, lockTimeoutMs }: TimeLimits,
): Promise<ServerFacts> {
  const text = async (sql: string) => (await link.run({ sql, params: [] })).rows as string[][];
  await text(`SET SESSION ${harmless.join(", SESSION ")}`);
  const list = variables.map((name) => `'${name}'`).join(", ");
  const found = new Map(
    (await text(`SHOW VARIABLES WHERE Variable_name IN (${list})`)).map(
      ([name = "", value = ""]) => [name, value],
    ),
  );
  const version = found.get("version") ?? "";
  const mariadb = /mariadb/i.test(version + found.get("version_comment"));

  await setCharset(link);
  const settings = [
    // The offset is fixed, so that no text of a TIMESTAMP is ambiguous; zero dates and CHAR read as they are stored.
    "sql_mode = ''",
    `time_zone = '${offset}'`,
    `lock_wait_timeout = ${Math.ceil(lockTimeoutMs / 1000)}`,
    `net_write_timeout = ${NET_WRITE_SECONDS}`,
    `max_sort_length = ${MAX_SORT_BYTES}`,
    `group_concat_max_len = ${GROUP_CONCAT_BYTES}`,
  ];
  await text(`SET SESSION ${settings.join(", SESSION ")}`);
  // The same name is in milliseconds where it is not MariaDB's.
  const timeout = mariadb
    ? `max_statement_time = ${statementTimeoutMs / 1000}`
    : `max_execution_time = ${statementTimeoutMs}`;
  await knows(link, `SET SESSION ${timeout}`);
  // A tree from MySQL 9.5 on, and wherever the DBA has chosen another form than the table.
  if (!mariadb) await knows(link, "SET SESSION explain_format = 'TRADITIONAL'");
  // MySQL 8 and later tell for a day how large a table was when they were asked first.
  if (!mariadb) await knows(link, "SET SESSION information_schema_stats_expiry = 0");
  await text("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  const readOnly = await knows(link, "SET SESSION TRANSACTION READ ONLY");
  const [[connectionId = "", account = ""] = []] = await text(
    "SELECT CAST(CONNECTION_ID() AS CHAR), CURRENT_USER()",
  );
  const [[otherEngines = "0"] = []] = await text(
    // MariaDB's sequences count as transactional, and hold nothing.
    "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES' AND ENGINE NOT IN ('InnoDB', 'SEQUENCE')",
  );
  return {
    mariadb,
    version,
    variables: found,
    connectionId,
    account,
    readOnly,
    otherEngines: otherEngines !== "0",
    clockDigits: (await knows(link, "SELECT NOW(6)")) ? 6 : 0,
  };
}

/** Servers before 5.5.3 know no utf8mb4, nor any column that needs it. */
async function setCharset(link: Link): Promise<void> {
  if (!(await knows(link, "SET NAMES utf8mb4"))) await knows(link, "SET NAMES utf8");
}

/** What a server says of a charset, a variable or a form of a statement that is not in its version. */
const unknown = new Set([1064, 1115, 1193]);

/** Whether the server knows such a statement: versions tell it badly, since relatives count them otherwise. */
async function knows(link: Link, sql: string): Promise<boolean> {
  try {
    await link.run({ sql, params: [] });
    return true;
  } catch (error) {
    if (unknown.has(Number((error as { errno?: unknown }).errno))) return false;
    throw error;
  }
}
