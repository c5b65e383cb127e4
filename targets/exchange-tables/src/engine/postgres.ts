import { QianzhiError } from "@qianzhi/sdk";
import { byteText, textOf } from "../byte-text.ts";
import type { TablesOptions, TlsOptions } from "../options.ts";
import {
  literal,
  VANISHED_AFTER_SECONDS,
  type Engine,
  type InsertColumn,
  type Purpose,
  type RowsStatement,
  type Session,
  type Sql,
} from "./engine.ts";
import { meaningOfSocket, targetError, type Meaning } from "./fault.ts";

/** The part of pg that is used here. */
interface Driver {
  readonly Client: new (config: object) => Client;
}
interface Client {
  readonly connection: { readonly stream: { destroy(error?: Error): void } };
  connect(done: (error: DriverError | null | undefined) => void): void;
  query(
    options: object,
    done: (error: DriverError | null, result: { rows: unknown[][] }) => void,
  ): void;
  on(event: "error", listener: (error: DriverError) => void): void;
  end(done: () => void): void;
}
interface DriverError {
  readonly code?: string;
  readonly message?: string;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const LOCK_WAIT_MS = 10_000;
/** Longer statements are possible; none need be. */
const MAX_STATEMENT_BYTES = 16 * 2 ** 20;

export const postgres: Engine = {
  name: "postgres",
  connect,
  quote,
  binary: (hex) => `'\\x${hex}'::bytea`,
  bytesOf: (value) => Buffer.from(String(value).slice(2), "hex"),
  cell: (text) =>
    /["\\']/.test(text)
      ? `"${text.replaceAll(/["\\]/g, "\\$&").replaceAll("'", "''")}"`
      : `"${text}"`,
  bytesCell: (hex) => `"\\\\x${hex}"`,
  insertInto,
  undoesStatements: false,
  asName: (expression) => `CAST(${expression} AS text)`,
  now: "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
  beginSnapshot: ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"],
  onConflict: (key, others) =>
    `ON CONFLICT (${key.map(quote).join(", ")}) DO UPDATE SET ${others
      .map((each) => `${quote(each)} = excluded.${quote(each)}`)
      .join(", ")}`,
  columnsOf: (table, { schema }) =>
    `SELECT column_name, udt_name, character_maximum_length, numeric_precision, numeric_scale, datetime_precision,
       is_nullable = 'YES', column_default IS NOT NULL OR is_identity = 'YES', false, 'transactional'
     FROM information_schema.columns
     WHERE table_schema = ${literal(schema)} AND table_name = ${literal(table)}`,
  grant: ({ table, operation }, { schema, user }) =>
    `GRANT ${operation} ON ${quote(schema)}.${quote(table)} TO ${quote(user)}`,
};

/** As one array a column: of thousands of values in a list the server makes an expression each, at four times the cost. */
function insertInto(table: string, columns: readonly InsertColumn[]): RowsStatement {
  const names = columns.map(({ name }) => quote(name)).join(",");
  const lists = columns.map(() => "");
  let before = "";
  return {
    add(cells) {
      for (const [place, cell] of cells.entries()) lists[place] += before + cell;
      before = ",";
    },
    end(clause = "") {
      const arrays = columns.map(
        ({ type }, place) => `'{${lists[place]}}'::${byteText(quote(type))}[]`,
      );
      const head = byteText(`INSERT INTO ${quote(table)} (${names})`);
      return { bytes: `${head} SELECT * FROM unnest(${arrays.join(",")}) ${clause}` };
    },
  };
}

async function connect(options: TablesOptions, signal: AbortSignal): Promise<Session> {
  const { Client } = await loadDriver();
  const { host, port, user, password, database, tls = false } = options;
  const client = new Client({
    host,
    port,
    user,
    database,
    // As a function, since the driver would otherwise look for passwords in files and in the environment.
    password: () => password ?? "",
    ssl: tls === false ? false : sslOf(tls === true ? {} : tls),
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.statementTimeoutMs,
    keepAlive: true,
    application_name: "qianzhi",
    types: { getTypeParser: () => (text: string) => text },
  });
  // A connection that breaks while nothing runs is noticed by the next statement.
  client.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      client.connection.stream.destroy();
      reject(new QianzhiError("QZ_CANCELLED", { operation: "connect" }));
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    client.connect((error) => {
      signal.removeEventListener("abort", abort);
      if (error === null || error === undefined) return resolve();
      client.connection.stream.destroy();
      reject(faultOf(error, options, undefined, true));
    });
  });
  return prepared(client, options);
}

async function prepared(client: Client, options: TablesOptions): Promise<Session> {
  const session = sessionOver(client, options);
  const purpose: Purpose = { table: options.database, operation: "SELECT" };
  try {
    const settings = [
      "client_encoding = 'UTF8'",
      "standard_conforming_strings = on",
      `search_path = ${quote(options.schema)}`,
      `TIME ZONE INTERVAL ${literal(options.offset)} HOUR TO MINUTE`,
      "synchronous_commit = on",
      `lock_timeout = ${LOCK_WAIT_MS}`,
      `statement_timeout = ${options.statementTimeoutMs}`,
      // The server ends a transaction whose client has vanished, instead of holding its locks for hours.
      `idle_in_transaction_session_timeout = ${VANISHED_AFTER_SECONDS * 1_000}`,
      "bytea_output = 'hex'",
      "SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
    ];
    await session.query(settings.map((setting) => `SET ${setting}`).join("; "), purpose);
    const [row = []] = await session.query(
      "SELECT current_setting('standard_conforming_strings'), current_setting('client_encoding')",
      purpose,
    );
    const lost =
      row[0] !== "on"
        ? "standard_conforming_strings"
        : row[1] !== "UTF8"
          ? "client_encoding"
          : undefined;
    if (lost !== undefined)
      throw new QianzhiError("QZ_TARGET_SESSION", {
        address: `${options.host}:${options.port}`,
        setting: lost,
      });
    return session;
  } catch (error) {
    session.cut();
    throw error;
  }
}

function sessionOver(client: Client, options: TablesOptions): Session {
  const run = (sql: Sql): Promise<unknown[][]> =>
    new Promise((resolve, reject) => {
      const text = typeof sql === "string" ? sql : textOf(sql.bytes);
      client.query({ text, rowMode: "array" }, (error, result) => {
        // Of several statements there are several results.
        if (error === null) resolve([result].flat().at(-1)?.rows ?? []);
        else reject(error as Error);
      });
    });
  return {
    maxStatementBytes: MAX_STATEMENT_BYTES,
    async query(sql, purpose) {
      try {
        return await run(sql);
      } catch (error) {
        throw faultOf(error as DriverError, options, purpose);
      }
    },
    async insert(sql, purpose) {
      try {
        await run(sql);
        return undefined;
      } catch (error) {
        const { code = "" } = error as DriverError;
        if (meaningOf(code) === "row") return { number: code };
        throw faultOf(error as DriverError, options, purpose);
      }
    },
    cut: () => client.connection.stream.destroy(),
    end: () => new Promise((resolve) => client.end(() => resolve())),
  };
}

const byState: Readonly<Record<string, Meaning>> = {
  "3D000": "QZ_TARGET_AUTH",
  "42501": "QZ_TARGET_DENIED",
  "42P01": "QZ_TARGET_TABLE_MISSING",
  "3F000": "QZ_TARGET_TABLE_MISSING",
  "42703": "QZ_TARGET_COLUMN",
  "55P03": "QZ_TARGET_BUSY",
  "40P01": "QZ_TARGET_BUSY",
  "40001": "QZ_TARGET_BUSY",
  "53300": "QZ_TARGET_BUSY",
  "53100": "QZ_TARGET_FULL",
  "53200": "QZ_TARGET_FULL",
  "53400": "QZ_TARGET_FULL",
  "57014": "QZ_PLATFORM_TIMEOUT",
  // A trigger's own word.
  P0001: "row",
};

function meaningOf(state: string): Meaning {
  const known = byState[state];
  if (known !== undefined) return known;
  if (!/^[0-9A-Z]{5}$/.test(state)) return meaningOfSocket(state);
  if (/^(22|23)/.test(state)) return "row";
  if (state.startsWith("28")) return "QZ_TARGET_AUTH";
  return /^(08|57P)/.test(state) ? "QZ_PLATFORM_UNREACHABLE" : undefined;
}

function faultOf(
  { code = "", message = "" }: DriverError,
  options: TablesOptions,
  purpose?: Purpose,
  connecting = false,
): QianzhiError {
  const found = meaningOf(code);
  // The driver gives no code to a connection that ended, nor to its own time-out.
  const meaning =
    (found === "row" ? "QZ_TARGET_FAULT" : found) ??
    (/timeout/i.test(message)
      ? "QZ_PLATFORM_TIMEOUT"
      : code === "" || connecting
        ? "QZ_PLATFORM_UNREACHABLE"
        : "QZ_TARGET_FAULT");
  const context = { engine: postgres, options, ...(purpose === undefined ? {} : { purpose }) };
  return targetError(meaning, code, context);
}

function sslOf({ ca, verify = "full" }: TlsOptions): object {
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: verify !== "none",
    ...(verify === "full" ? {} : { checkServerIdentity: () => undefined }),
    ...(ca === undefined ? {} : { ca }),
  };
}

async function loadDriver(): Promise<Driver> {
  try {
    // @ts-expect-error It carries no types; what is used of it is declared above.
    const driver = (await import("pg")) as unknown as Driver & { readonly default?: Driver };
    return driver.default ?? driver;
  } catch (cause) {
    throw new QianzhiError(
      "QZ_DRIVER_MISSING",
      { name: "pg", command: "npm install pg" },
      { cause },
    );
  }
}
