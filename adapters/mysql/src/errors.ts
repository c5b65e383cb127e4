import type { ErrorCode, QianzhiError } from "@qianzhi/sdk";
import {
  bySocket,
  codesOf,
  isTlsCode,
  sourceFault,
  type FaultContext,
  type SourceWords,
} from "@qianzhi/sql";
import { quote } from "./quote.ts";

interface DriverError {
  readonly errno?: number | string;
  readonly code?: string;
  message: string;
  sqlMessage?: string;
  sql?: string;
  stack?: string;
}

/** By the server's number, else by the driver's code. */
const codes = codesOf({
  QZ_SOURCE_BUSY: "1040 1203 1226",
  // Disk, a temporary table, memory, a file that could not be written.
  QZ_SOURCE_FULL: "3 1021 1026 1037 1038 1041 1114 1135",
  QZ_SOURCE_AUTH: "1045 1129 1130 1698 1820 1862 3118 3955 4151",
  QZ_SOURCE_AUTH_METHOD: "1251 1275 1524 AUTH_SWITCH_PLUGIN_ERROR",
  QZ_SOURCE_DENIED: "1044 1142 1143 1227 1370",
  QZ_DATABASE_NOT_FOUND: "1049",
  QZ_TABLE_NOT_FOUND: "1109 1146",
  QZ_COLUMN_NOT_FOUND: "1054",
  QZ_LOCK_TIMEOUT: "1205 1213 3572",
  QZ_SOURCE_TIMEOUT: "1969 3024 PROTOCOL_SEQUENCE_TIMEOUT",
  QZ_SOURCE_TLS: "3159 HANDSHAKE_NO_SSL_SUPPORT HANDSHAKE_SSL_ERROR",
  // Shutdown, killed by an administrator, idle for too long.
  QZ_SOURCE_LOST: "1053 1317 1927 2006 2013 4031 PROTOCOL_CONNECTION_LOST",
});

/** A driver's error as one of ours. @param account `user@host` as the server matched it, once that is known. */
export function mysqlFault(
  thrown: unknown,
  words: SourceWords,
  context: FaultContext,
  account = words.user,
): QianzhiError {
  const error = thrown as DriverError;
  const code = codeOf(error);
  const [, named] = /'((?:[^'\\]|\\.)*)'/.exec(error.message) ?? [];
  return sourceFault(code, words, {
    ...context,
    named,
    details: detailsOf(code, error.message, account, words.database),
    cause: discreet(error, context.bound === true),
  });
}

function codeOf({ errno, code = "", message }: DriverError): ErrorCode | undefined {
  if (isTlsCode(code)) return "QZ_SOURCE_TLS";
  const found = codes.get(String(errno)) ?? codes.get(code) ?? bySocket[code];
  // The driver gives no code to a statement on a connection that has broken before.
  return found ?? (/closed state/.test(message) ? "QZ_SOURCE_LOST" : undefined);
}

function detailsOf(
  code: ErrorCode | undefined,
  message: string,
  account: string,
  database: string,
): Record<string, unknown> {
  switch (code) {
    case "QZ_SOURCE_AUTH_METHOD":
      return { problem: message };
    case "QZ_SOURCE_TLS":
      return { problem: tlsProblem(message) };
    case "QZ_SOURCE_DENIED":
      return deniedDetails(message, account, database);
    default:
      return {};
  }
}

const tlsProblem = (message: string) =>
  /does not support secure/i.test(message)
    ? { en: "the server offers no TLS", zh: "服务器未启用 TLS" }
    : message;

/** The statement for the DBA: the table that the message names, in the account that the server matched. */
function deniedDetails(
  message: string,
  account: string,
  database: string,
): Record<string, unknown> {
  const [user = "", host = "%"] = account.split("@");
  const [, right = "SELECT"] = /^([A-Z ]+?) command denied/.exec(message) ?? [];
  // `for table 't'`, `for table `d`.`t``, `for column 'c' in table 't'`
  const [, schema = database, table] =
    /(?:for|in) table ['`](?:(.+)`\.`)?(.+)['`]$/.exec(message) ?? [];
  const [, column] = /for column '(.+)' in table/.exec(message) ?? [];
  const to = `TO '${user}'@'${host}';`;
  const global = /at least one of\) the (.+?) privilege/.exec(message)?.[1];
  if (global !== undefined)
    return { operation: global, name: "*.*", grant: `GRANT ${global} ON *.* ${to}` };
  const rights = column === undefined ? right : `${right} (${quote(column)})`;
  return {
    operation: right,
    name: [table ?? database, ...(column === undefined ? [] : [column])].join("."),
    grant: `GRANT ${rights} ON ${quote(schema)}.${table === undefined ? "*" : quote(table)} ${to}`,
  };
}

/** Messages about the text of a statement alone, which may be shown if no value was written into it. */
const aboutText = new Set([1052, 1054, 1060, 1064, 1146, 1248, 1305, 1318, 1356, 1582]);

/**
 * The driver's error without the statement, and without what its message quotes where that can be a value: of a row
 * ("Incorrect value: '…'"), or of a position written into the statement. Changed in place, since its stack repeats it.
 */
function discreet(error: DriverError, bound: boolean): DriverError {
  const fromServer = error.sqlMessage !== undefined;
  const shown =
    !fromServer || isAboutAccess(error.errno) || (!bound && aboutText.has(Number(error.errno)));
  if (!shown)
    error.message = error.message
      .replace(/'(?:[^'\\]|\\.|'')*'?/gs, "'…'")
      .replace(/"[^"]*"?/gs, '"…"');
  delete error.sql;
  delete error.sqlMessage;
  delete error.stack;
  return error;
}

const isAboutAccess = (errno: unknown) =>
  [
    "QZ_SOURCE_AUTH",
    "QZ_SOURCE_DENIED",
    "QZ_SOURCE_BUSY",
    "QZ_DATABASE_NOT_FOUND",
    "QZ_SOURCE_TLS",
  ].includes(codes.get(String(errno)) ?? "");
