import type { ErrorCode, QianzhiError } from "@qianzhi/sdk";
import {
  bySocket,
  doubleQuoted as quote,
  isTlsCode,
  sourceFault,
  type FaultContext,
  type SourceWords,
} from "@qianzhi/sql";

/** What errors say of a source. */
export interface PostgresWords extends SourceWords {
  readonly schema: string;
  /** What the names of slots and publications begin with. */
  readonly feed: string;
}

interface DriverError {
  /** SQLSTATE of five characters, or the code of a socket. */
  readonly code?: string;
  message: string;
  stack?: string;
}

/** By SQLSTATE, else by its class. */
const byState: Readonly<Record<string, ErrorCode>> = {
  "28": "QZ_SOURCE_AUTH",
  "3D000": "QZ_DATABASE_NOT_FOUND",
  "3F000": "QZ_TABLE_NOT_FOUND",
  "42P01": "QZ_TABLE_NOT_FOUND",
  "42703": "QZ_COLUMN_NOT_FOUND",
  "42501": "QZ_SOURCE_DENIED",
  "53300": "QZ_SOURCE_BUSY",
  // Disk, memory, a limit of temporary files.
  "53": "QZ_SOURCE_FULL",
  "55P03": "QZ_LOCK_TIMEOUT",
  // Somebody else reads the slot.
  "55006": "QZ_LOCK_TIMEOUT",
  // Serialisation failures: a standby that had to go on with what the primary sent is one of them.
  "40": "QZ_LOCK_TIMEOUT",
  // Whom we cancel ourselves has been told so before.
  "57014": "QZ_SOURCE_TIMEOUT",
  "57P03": "QZ_SOURCE_UNREACHABLE",
  // Shut down, killed by an administrator, idle for too long.
  "57": "QZ_SOURCE_LOST",
  "25P03": "QZ_SOURCE_LOST",
  "08": "QZ_SOURCE_LOST",
};

/** What the driver says itself, without a code; only these texts tell what it was. */
const byMessage: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^timeout expired/, "QZ_SOURCE_UNREACHABLE"],
  [/^Query read timeout/, "QZ_SOURCE_TIMEOUT"],
  [/^Connection terminated|not queryable|was closed/, "QZ_SOURCE_LOST"],
  [/does not support SSL|establishing an SSL/, "QZ_SOURCE_TLS"],
  [/password must be/, "QZ_SOURCE_AUTH"],
  [/^SASL|authentication/i, "QZ_SOURCE_AUTH_METHOD"],
];

/** A driver's error as one of ours. */
export function postgresFault(
  thrown: unknown,
  words: PostgresWords,
  context: FaultContext,
): QianzhiError {
  const error = thrown as DriverError;
  const code = codeOf(error, context.connecting === true);
  const quoted = /"([^"]*)"/.exec(error.message)?.[1];
  // `column t.v does not exist` has no quotes.
  const unquoted =
    code === "QZ_COLUMN_NOT_FOUND" ? / ([^\s"]+) /.exec(error.message)?.[1] : undefined;
  return sourceFault(code, words, {
    ...context,
    named: code === "QZ_DATABASE_NOT_FOUND" ? undefined : (quoted ?? unquoted),
    details: detailsOf(code, error.message, words, context),
    cause: discreet(error, code, context.bound === true),
  });
}

function codeOf({ code = "", message }: DriverError, connecting: boolean): ErrorCode | undefined {
  const found =
    byState[code] ??
    bySocket[code] ??
    (isState(code) ? byState[code.slice(0, 2)] : undefined) ??
    (isTlsCode(code) ? "QZ_SOURCE_TLS" : undefined) ??
    (isState(code) ? undefined : byMessage.find(([text]) => text.test(message))?.[1]);
  // While a session is made, what is neither the server's error nor the socket's is a request that the driver does not know.
  return found ?? (connecting && code === "" ? "QZ_SOURCE_AUTH_METHOD" : undefined);
}

const isState = (code: string) => /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);

function detailsOf(
  code: ErrorCode | undefined,
  message: string,
  words: PostgresWords,
  { name, operation }: FaultContext,
): Record<string, unknown> {
  switch (code) {
    case "QZ_SOURCE_TLS":
    case "QZ_SOURCE_AUTH_METHOD":
      return { problem: message };
    case "QZ_SOURCE_DENIED":
      return { operation: "SELECT", name, grant: grantFor(name === "" ? operation : name, words) };
    default:
      return {};
  }
}

/** Both rights that a table needs: which of them is missing, the message says in the server's language. */
function grantFor(relation: string, { user, schema }: PostgresWords): string {
  const parts = relation.includes(".") ? relation.split(".") : [schema, relation];
  return `GRANT USAGE ON SCHEMA ${quote(parts[0]!)} TO ${quote(user)}; GRANT SELECT ON ${parts.map(quote).join(".")} TO ${quote(user)};`;
}

/** Of whom the message speaks, when it is about who may log in. */
const aboutAccess = new Set<ErrorCode | undefined>([
  "QZ_SOURCE_AUTH",
  "QZ_SOURCE_AUTH_METHOD",
  "QZ_SOURCE_DENIED",
  "QZ_SOURCE_BUSY",
  "QZ_SOURCE_TLS",
  "QZ_DATABASE_NOT_FOUND",
]);

/**
 * The driver's error without what it quotes where that can be a value of a row, or of a position in the statement: the
 * class 42 speaks of the text of a statement alone. Changed in place, since its stack repeats it.
 */
function discreet(error: DriverError, code: ErrorCode | undefined, bound: boolean): DriverError {
  const shown = aboutAccess.has(code) || (!bound && error.code?.startsWith("42") === true);
  if (!shown) error.message = error.message.replace(/"[^"]*"?|: .*/gs, ' "…"');
  // Details, context and the statement may hold values too.
  for (const key of Object.keys(error)) if (key !== "code") Reflect.deleteProperty(error, key);
  delete error.stack;
  return error;
}
