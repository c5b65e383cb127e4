import type { ErrorCode, QianzhiError, Worded } from "@qianzhi/sdk";
import { codesOf, isTlsCode, sourceFault, type FaultContext, type SourceWords } from "@qianzhi/sql";

/** What the driver, or the connection around it, says of a failure. */
interface DriverError extends Error {
  readonly number?: number;
  readonly code?: string;
  /** Why the connection was cut here, before the driver went on in clear text. */
  readonly refusal?: Worded;
  /** The connection broke while encryption was being set up. */
  readonly handshaking?: boolean;
}

/** By the server's number, else by the driver's code. */
const codes = codesOf({
  // Wrong, unknown, disabled, locked, expired, from an untrusted domain.
  QZ_SOURCE_AUTH: "18450 18452 18456 18470 18486 18487 18488 ELOGIN",
  QZ_SOURCE_DENIED: "229 230 262 297 300 371 916",
  QZ_DATABASE_NOT_FOUND: "911 4060 4064",
  QZ_TABLE_NOT_FOUND: "208",
  QZ_COLUMN_NOT_FOUND: "207",
  // Deadlock victim, lock time-out, the row version or the table's shape changed under a snapshot.
  QZ_LOCK_TIMEOUT: "1205 1222 3960 3961",
  // Too many connections, workers or memory in use; a single-user server or database.
  QZ_SOURCE_BUSY: "701 924 8645 10928 10929 17809 18461",
  // A disk, a filegroup (that of tempdb, where versions and sorts are kept), a log.
  QZ_SOURCE_FULL: "1101 1105 3958 3959 3966 3967 9002",
  // Recovering, restoring, offline, paused, a secondary that may not be read.
  QZ_SOURCE_UNREACHABLE: "921 922 927 942 952 976 978 983 17142 EINSTLOOKUP",
  // Suspect, or a page that cannot be read.
  QZ_SOURCE_DAMAGED: "823 824 926",
  // Killed, shut down.
  QZ_SOURCE_LOST: "596 6005",
  QZ_SOURCE_TLS: "EENCRYPT",
  QZ_SOURCE_TIMEOUT: "ETIMEOUT",
});

/** A driver's error as one of ours. */
export function mssqlFault(
  thrown: unknown,
  words: SourceWords,
  context: FaultContext,
): QianzhiError {
  const error = thrown as DriverError;
  const code = codeOf(error, context.connecting === true);
  const quoted = [...error.message.matchAll(/['"]((?:[^'"])*)['"]/g)].map(([, text = ""]) => text);
  return sourceFault(code, words, {
    ...context,
    named: quoted[0],
    details: detailsOf(code, error, quoted, words),
    cause: discreet(error, context.bound === true),
  });
}

function codeOf(error: DriverError, connecting: boolean): ErrorCode | undefined {
  const { number, code = "", refusal, handshaking, cause } = error;
  if (
    refusal !== undefined ||
    handshaking === true ||
    isTlsCode((cause as { code?: unknown } | undefined)?.code)
  )
    return "QZ_SOURCE_TLS";
  const found = codes.get(String(number)) ?? codes.get(code);
  if (connecting) return found === "QZ_SOURCE_TIMEOUT" ? "QZ_SOURCE_UNREACHABLE" : found;
  // What has no number does not come from the server: the connection broke, or the driver took no such value.
  const ours = number === undefined && !(error instanceof TypeError);
  return found ?? (ours ? "QZ_SOURCE_LOST" : undefined);
}

function detailsOf(
  code: ErrorCode | undefined,
  error: DriverError,
  quoted: readonly string[],
  words: SourceWords,
): Record<string, unknown> {
  switch (code) {
    case "QZ_SOURCE_DAMAGED":
      return { problem: error.message };
    case "QZ_SOURCE_TLS":
      return { problem: tlsProblem(error) };
    case "QZ_SOURCE_DENIED":
      return deniedDetails(error, quoted, words);
    default:
      return {};
  }
}

function tlsProblem({ refusal, handshaking, code, message, cause }: DriverError): string | Worded {
  if (refusal !== undefined) return refusal;
  if (code === "EENCRYPT")
    return { en: "the server takes encrypted connections only", zh: "服务器只接受加密连接" };
  const own = (cause as Error | undefined)?.message ?? message;
  return handshaking === true
    ? { en: `the server ended the handshake (${own})`, zh: `服务器中止了握手（${own}）` }
    : own;
}

/** The statement for the DBA, by the message's words: the right, the object and its schema, the column. */
function deniedDetails(
  { number, message }: DriverError,
  quoted: readonly string[],
  { user, database }: Pick<SourceWords, "user" | "database">,
): Record<string, unknown> {
  const quote = (name: string) => `[${name.replaceAll("]", "]]")}]`;
  const to = `TO ${quote(user)};`;
  if (number === 916) {
    const name = quoted[1] ?? database;
    return {
      operation: "CONNECT",
      name,
      grant: `USE ${quote(name)}; CREATE USER ${quote(user)} FOR LOGIN ${quote(user)};`,
    };
  }
  // Views of the server's state are refused without a word of what they need.
  const [, right = "VIEW SERVER STATE"] =
    /^(?:The )?([A-Z ]+?) permission was denied/.exec(message) ?? [];
  const [, column] = /on the column '([^']*)'/.exec(message) ?? [];
  const [, object] = /(?:on|of) the object '([^']*)'/.exec(message) ?? [];
  const [, schema = "dbo"] = /schema '([^']*)'/.exec(message) ?? [];
  if (object === undefined)
    return { operation: right, name: "server", grant: `USE [master]; GRANT ${right} ${to}` };
  const columns = column === undefined ? "" : ` (${quote(column)})`;
  return {
    operation: right,
    name: column === undefined ? object : `${object}.${column}`,
    grant: `GRANT ${right} ON ${quote(schema)}.${quote(object)}${columns} ${to}`,
  };
}

/** Messages about the text of a statement alone: syntax, unknown and ambiguous names, grouping. */
const aboutText = new Set([102, 105, 156, 195, 207, 208, 209, 1033, 4104, 4145, 8120, 8155]);

/** The driver's error without its stack, and without what its message quotes where that can be a value of a row. */
function discreet(error: DriverError, bound: boolean): DriverError {
  const about = codes.get(String(error.number));
  const shown =
    error.number === undefined || about !== undefined || (!bound && aboutText.has(error.number));
  if (!shown)
    error.message = error.message.replace(/'[^']*'?/gs, "'…'").replace(/"[^"]*"?/gs, '"…"');
  delete error.stack;
  return error;
}
