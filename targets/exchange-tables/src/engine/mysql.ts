import { isIP } from "node:net";
import { QianzhiError } from "@qianzhi/sdk";
import { byteText, textOf } from "../byte-text.ts";
import type { TablesOptions, TlsOptions } from "../options.ts";
import {
  literal,
  VANISHED_AFTER_SECONDS,
  type Engine,
  type Purpose,
  type Session,
  type Sql,
} from "./engine.ts";
import { verifyAddress, type UpgradingConnection } from "./verify-address.ts";
import { meaningOfSocket, targetError, type Meaning } from "./fault.ts";

/** The part of mysql2 that is used here. */
interface Driver {
  createConnection(config: object): Connection;
}
interface Connection extends UpgradingConnection {
  connect(done: (error: DriverError | null) => void): void;
  query(options: object, done: (error: DriverError | null, rows: unknown) => void): Running;
  on(event: "error", listener: (error: DriverError) => void): void;
  end(done: () => void): void;
  destroy(): void;
}
interface Running {
  readonly queryTimeout?: { unref(): unknown } | null;
}
interface DriverError {
  readonly errno?: number | string;
  readonly code?: string;
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

const hexText = (bytes: Buffer): string => bytes.toString("hex").toUpperCase();

const quote = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

const isTable = (alias: string, table: string, database: string): string =>
  `${alias}.table_schema = ${literal(database)} AND ${alias}.table_name = ${literal(table)}`;

const SQL_MODE =
  "STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";
/** Without these nothing is written: values would be cut short, or read as SQL. */
const NEEDED_MODES = ["STRICT_ALL_TABLES", "NO_BACKSLASH_ESCAPES"];
const LOCK_WAIT_SECONDS = 10;
/** Packets are larger than statements by their heads. */
const PACKET_MARGIN_BYTES = 1024;

export const mysql: Engine = {
  name: "mysql",
  connect,
  quote,
  binary: (hex) => `x'${hex}'`,
  bytesOf: (value) => value as Uint8Array,
  cell: literal,
  bytesCell: (hex) => `x'${hex}'`,
  insertInto(table, columns) {
    const names = columns.map(({ name }) => quote(name)).join(",");
    let bytes = byteText(`INSERT INTO ${quote(table)} (${names}) VALUES `);
    let before = "(";
    return {
      add(cells) {
        bytes += `${before}${cells.join(",")})`;
        before = ",(";
      },
      end: (clause = "") => ({ bytes: `${bytes} ${clause}` }),
    };
  },
  undoesStatements: true,
  asName: (expression) => `CAST(${expression} AS CHAR) COLLATE utf8mb4_bin`,
  now: "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
  beginSnapshot: [
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT",
  ],
  onConflict: (_, others) =>
    `ON DUPLICATE KEY UPDATE ${others.map((each) => `${quote(each)} = VALUES(${quote(each)})`).join(", ")}`,
  columnsOf: (table, { database }) =>
    `SELECT c.column_name, c.data_type, c.character_maximum_length, c.numeric_precision, c.numeric_scale,
       c.datetime_precision, c.is_nullable = 'YES', c.column_default IS NOT NULL OR c.extra LIKE '%auto_increment%',
       c.column_type LIKE '%unsigned%',
       -- Joined, it would be looked for among all tables of the server.
       (SELECT t.engine FROM information_schema.tables t WHERE ${isTable("t", table, database)})
     FROM information_schema.columns c WHERE ${isTable("c", table, database)}`,
  grant: ({ table, operation }, { database, user }) =>
    `GRANT ${operation} ON ${quote(database)}.${quote(table)} TO ${literal(user)}`,
};

async function connect(options: TablesOptions, signal: AbortSignal): Promise<Session> {
  const { createConnection } = await loadDriver();
  const { host, port, user, password, database, connectTimeoutMs, tls = false } = options;
  const connection = createConnection({
    host,
    port,
    user,
    password: password ?? "",
    database,
    connectTimeout: connectTimeoutMs,
    // With the first the driver sends characters as the bytes that they are, names of the account too: see `prepared`.
    charset: isAscii(user + database) ? "BINARY" : "UTF8MB4_BIN",
    // Statements hold no parameters: they are not searched for any.
    queryFormat: (sql: string) => sql,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    trace: false,
    ...(tls === false ? {} : { ssl: sslOf(tls === true ? {} : tls, host) }),
  });
  if (tls !== false && (tls === true || tls.verify !== "none")) verifyAddress(connection, host);
  // A connection that breaks while nothing runs is noticed by the next statement.
  connection.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      connection.destroy();
      reject(new QianzhiError("QZ_CANCELLED", { operation: "connect" }));
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    connection.connect((error) => {
      signal.removeEventListener("abort", abort);
      if (error === null) return resolve();
      connection.destroy();
      reject(faultOf(error, options, undefined, true));
    });
  });
  return prepared(connection, options);
}

/** A character beyond ASCII as a byte text, and how it arrives from a driver that sends bytes, and from one that encodes. */
const SAMPLE = byteText("渝");
const SENT_AS_BYTES = hexText(Buffer.from(SAMPLE, "latin1"));
const SENT_ENCODED = hexText(Buffer.from(SAMPLE, "utf8"));

async function prepared(connection: Connection, options: TablesOptions): Promise<Session> {
  const session = sessionOver(connection, options, (sql) =>
    typeof sql === "string" ? sql : sql.bytes,
  );
  const purpose: Purpose = { table: options.database, operation: "SELECT" };
  try {
    for (const statement of [
      // The driver would encode for the charset that it is told of; older servers do not tell, nor know the setting.
      "SET /*!50704 session_track_system_variables = '', */ /*M!100202 session_track_system_variables = '', */ autocommit = 1",
      "SET NAMES utf8mb4",
      // The server ends a transaction whose client has vanished, instead of holding its locks for hours.
      `SET sql_mode = '${SQL_MODE}', time_zone = ${literal(options.offset)},
       innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, wait_timeout = ${VANISHED_AFTER_SECONDS}`,
    ])
      await session.query(statement, purpose);
    const [row = []] = await session.query(
      `SELECT @@sql_mode, @@character_set_client, @@max_allowed_packet, HEX('${SAMPLE}')`,
      purpose,
    );
    const modes = String(row[0]).split(",");
    const lost =
      NEEDED_MODES.find((mode) => !modes.includes(mode)) ??
      (row[1] === "utf8mb4" && [SENT_AS_BYTES, SENT_ENCODED].includes(String(row[3]))
        ? undefined
        : "NAMES utf8mb4");
    if (lost !== undefined)
      throw new QianzhiError("QZ_TARGET_SESSION", {
        address: `${options.host}:${options.port}`,
        setting: lost,
      });
    const given: Given =
      row[3] === SENT_AS_BYTES
        ? (sql) => (typeof sql === "string" ? byteText(sql) : sql.bytes)
        : (sql) => (typeof sql === "string" ? sql : textOf(sql.bytes));
    return within(Number(row[2]) - PACKET_MARGIN_BYTES, sessionOver(connection, options, given));
  } catch (error) {
    session.cut();
    throw error;
  }
}

/** A batch whose statements the server would not read is sent again in halves. */
function within(limit: number, session: Session): Session {
  return {
    ...session,
    maxStatementBytes: limit,
    async query(sql, purpose) {
      const bytes = typeof sql === "string" ? Buffer.byteLength(sql) : sql.bytes.length;
      if (bytes > limit) throw new QianzhiError("QZ_BATCH_TOO_LARGE", { limit, bytes });
      return session.query(sql, purpose);
    },
  };
}

/** What the driver is given of a statement. */
type Given = (sql: Sql) => string;

function sessionOver(connection: Connection, options: TablesOptions, given: Given): Session {
  const pending = new Set<(error: DriverError) => void>();
  // The driver tells whoever waits with a callback alone.
  connection.on("error", (error) => {
    for (const reject of pending) reject(error);
  });
  const run = (sql: Sql): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const failed = (error: DriverError): void => reject(error as Error);
      pending.add(failed);
      const running = connection.query(
        { sql: given(sql), rowsAsArray: true, timeout: options.statementTimeoutMs },
        (error, rows) => {
          pending.delete(failed);
          if (error === null) resolve(rows);
          else failed(error);
        },
      );
      running.queryTimeout?.unref();
    });
  return {
    maxStatementBytes: Infinity,
    async query(sql, purpose) {
      try {
        const rows = await run(sql);
        return Array.isArray(rows) ? (rows as unknown[][]) : [];
      } catch (error) {
        throw faultOf(error as DriverError, options, purpose);
      }
    },
    async insert(sql, purpose) {
      try {
        await run(sql);
        return undefined;
      } catch (error) {
        const { errno } = error as DriverError;
        if (byNumber[Number(errno)] === "row") return { number: String(errno) };
        throw faultOf(error as DriverError, options, purpose);
      }
    },
    cut() {
      connection.destroy();
      for (const reject of pending) reject({ code: "ECONNRESET" });
    },
    end: () => new Promise((resolve) => connection.end(() => resolve())),
  };
}

const numbers = (meaning: Meaning, ...list: readonly number[]) =>
  Object.fromEntries(list.map((number) => [number, meaning]));

const byNumber: Readonly<Record<number, Meaning>> = {
  // Too long, out of range, no such character, no such time, no value, twice, a constraint, a trigger's word.
  ...numbers("row", 1048, 1062, 1118, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1411, 1452, 1526),
  ...numbers("row", 1586, 1644, 1690, 3140, 3819, 4025),
  ...numbers(
    "QZ_TARGET_AUTH",
    1044,
    1045,
    1049,
    1129,
    1130,
    1251,
    1524,
    1698,
    1820,
    1862,
    3118,
    4151,
  ),
  ...numbers("QZ_TARGET_DENIED", 1142, 1143, 1227, 1370),
  ...numbers("QZ_TARGET_TABLE_MISSING", 1146),
  ...numbers("QZ_TARGET_COLUMN", 1054),
  ...numbers("QZ_TARGET_BUSY", 1020, 1040, 1203, 1205, 1213, 1226, 3572),
  ...numbers("QZ_TARGET_FULL", 3, 28, 1021, 1026, 1030, 1037, 1041, 1114),
  ...numbers("QZ_PLATFORM_TIMEOUT", 1969, 3024),
  ...numbers("QZ_PLATFORM_UNREACHABLE", 1053, 1317, 1927, 2006, 2013, 4031),
  ...numbers("QZ_PLATFORM_TLS", 3159),
};

function faultOf(
  error: DriverError,
  options: TablesOptions,
  purpose?: Purpose,
  connecting = false,
): QianzhiError {
  const { errno, code = "" } = error;
  const found = byNumber[Number(errno)];
  const lost = code === "PROTOCOL_CONNECTION_LOST" || code === "" || connecting;
  const meaning =
    (found === "row" ? "QZ_TARGET_FAULT" : found) ??
    (code === "PROTOCOL_SEQUENCE_TIMEOUT" ? "QZ_PLATFORM_TIMEOUT" : meaningOfSocket(code)) ??
    (/^HANDSHAKE_/.test(code)
      ? "QZ_PLATFORM_TLS"
      : lost
        ? "QZ_PLATFORM_UNREACHABLE"
        : "QZ_TARGET_FAULT");
  const context = { engine: mysql, options, ...(purpose === undefined ? {} : { purpose }) };
  return targetError(meaning, String(errno ?? code), context);
}

function sslOf({ ca, verify = "full" }: TlsOptions, host: string): object {
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: verify !== "none",
    // An address is compared by ourselves.
    verifyIdentity: verify === "full" && isIP(host) === 0,
    ...(ca === undefined ? {} : { ca }),
  };
}

async function loadDriver(): Promise<Driver> {
  try {
    const driver = (await import("mysql2")) as unknown as Driver & { readonly default?: Driver };
    return driver.default ?? driver;
  } catch (cause) {
    throw new QianzhiError(
      "QZ_DRIVER_MISSING",
      { name: "mysql2", command: "npm install mysql2" },
      { cause },
    );
  }
}
