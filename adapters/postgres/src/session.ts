import { doubleQuoted as quote } from "@qianzhi/sql";
import type { Link } from "./connect.ts";
import { defaults, type PostgresOptions } from "./options.ts";

/** What is known of a server once a session stands. */
export interface ServerFacts {
  /** `PostgreSQL`, or whose product speaks its protocol. */
  readonly product: string;
  readonly version: string;
  /** 150005; of a product that counts its own versions, the one of PostgreSQL that it says it is. */
  readonly number: number;
  /** What pg_cancel_backend takes. */
  readonly pid: string;
  readonly charset: string;
  readonly readOnly: boolean;
}

/** A session that stays in a transaction by mistake must not hold back vacuum. */
const IDLE_IN_TRANSACTION_MS = 60_000;

/** Products by what their `version()` says; the first that fits. */
const products: readonly (readonly [RegExp, string])[] = [
  [/kingbase/i, "KingbaseES"],
  [/opengauss/i, "openGauss"],
  [/gaussdb/i, "GaussDB"],
  [/highgo|瀚高/i, "HighGo"],
  [/vastbase/i, "Vastbase"],
];

/** Makes the session exact and harmless; a setting that the server's version does not know is left out. */
export async function prepareSession(
  link: Link,
  options: PostgresOptions,
  offset: string,
): Promise<ServerFacts> {
  const { schema = defaults.schema, statementTimeoutMs = defaults.statementTimeoutMs } = options;
  const [[version = "", number = "", pid = "", charset = ""] = []] = (await link.texts(
    "SELECT version(), current_setting('server_version_num'), pg_backend_pid(), current_setting('server_encoding')",
  )) as string[][];
  const settings: readonly (readonly [string, string])[] = [
    // A server that does not know what its bytes are refuses to send those that are no UTF-8, unless asked for none.
    ["client_encoding", charset === "SQL_ASCII" ? "SQL_ASCII" : "UTF8"],
    ["default_transaction_read_only", "on"],
    ["default_transaction_isolation", "read committed"],
    ["statement_timeout", String(statementTimeoutMs)],
    ["lock_timeout", String(options.lockTimeoutMs ?? defaults.lockTimeoutMs)],
    ["idle_in_transaction_session_timeout", String(IDLE_IN_TRANSACTION_MS)],
    ["idle_session_timeout", "0"],
    // Types would be named in quotes, and not be known.
    ["quote_all_identifiers", "off"],
    ["standard_conforming_strings", "on"],
    ["datestyle", "ISO, YMD"],
    ["intervalstyle", "iso_8601"],
    ["bytea_output", "hex"],
    // Every digit that a float has: before 12 it is not printed unless asked.
    ["extra_float_digits", "3"],
    // Fixed, so that no text of a timestamptz is ambiguous. POSIX counts the other way round.
    ["timezone", `<${offset}>${offset.startsWith("-") ? "+" : "-"}${offset.slice(1)}`],
    ["search_path", await searchPath(link, schema)],
    // Pages are small: neither workers nor compilation are worth what they cost the others.
    ["max_parallel_workers_per_gather", "0"],
    ["jit", "off"],
  ];
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const values = settings.map((pair) => `(${pair.map(literal).join(", ")})`).join(", ");
  const done = await link.texts(
    `SELECT known.name, set_config(known.name, wanted.value, false) FROM (VALUES ${values}) AS wanted (name, value)
       JOIN pg_settings known ON lower(known.name) = wanted.name`,
  );
  return {
    product: products.find(([word]) => word.test(version))?.[1] ?? "PostgreSQL",
    version: /^PostgreSQL ([^\s,]+)/.exec(version)?.[1] ?? version.slice(0, 80),
    number: Number(number),
    pid,
    charset,
    readOnly: done.some(
      ([name, value]) => name === "default_transaction_read_only" && value === "on",
    ),
  };
}

/** Types of an extension bring operators of their own, without which their columns would compare as plain texts. */
async function searchPath(link: Link, schema: string): Promise<string> {
  const extensions = await link.texts(
    "SELECT DISTINCT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace ORDER BY 1",
  );
  const own = quote(schema);
  return [own, "pg_catalog", ...extensions.flat().filter((each) => each !== "pg_catalog")].join(
    ", ",
  );
}
