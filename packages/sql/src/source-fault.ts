import { QianzhiError, type AdapterHost, type ErrorCode } from "@qianzhi/sdk";
import { patience } from "./connection-options.ts";
import type { FaultContext } from "./sql-connection.ts";

/** What the errors of a source say of it. */
export interface SourceWords {
  readonly source: string;
  readonly address: string;
  readonly user: string;
  readonly database: string;
  readonly limitMs: number;
}

/** The words of a source by its options. */
export const sourceWords = (
  { source }: Pick<AdapterHost, "source">,
  address: string,
  options: {
    readonly user: string;
    readonly database: string;
    readonly statementTimeoutMs?: number;
  },
): SourceWords => ({
  source: source ?? address,
  address,
  user: options.user,
  database: options.database,
  limitMs: options.statementTimeoutMs ?? patience.statementTimeoutMs,
});

/** What one error says beyond that, and the driver's own, already without values of rows. */
export interface FaultDetails extends FaultContext {
  /** The database, the table or the column that the message speaks of. */
  readonly named?: string | undefined;
  /** The part that a code's words need: `grant`, `problem`. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause: unknown;
}

/**
 * An error of a source: its words, the place, and details, of which the later outweigh the earlier. Without a code it is
 * that the statement failed; before a session stands, that the source cannot be reached.
 */
export function sourceFault(
  code: ErrorCode | undefined,
  words: SourceWords,
  { columns, bound: _, connecting = false, named, details, cause, ...place }: FaultDetails,
): QianzhiError {
  const found =
    connecting && (code === undefined || code === "QZ_SOURCE_LOST")
      ? "QZ_SOURCE_UNREACHABLE"
      : (code ?? "QZ_QUERY_FAILED");
  const known = columns === undefined ? {} : { columns };
  const about = namedIn(found, named, words);
  return new QianzhiError(found, { ...words, ...place, ...about, ...details, ...known }, { cause });
}

function namedIn(code: ErrorCode, named: string | undefined, { database }: SourceWords): object {
  switch (code) {
    case "QZ_DATABASE_NOT_FOUND":
      return { name: named ?? database };
    case "QZ_TABLE_NOT_FOUND":
      return named === undefined ? {} : { name: named };
    case "QZ_COLUMN_NOT_FOUND":
      return { column: named ?? "?" };
    default:
      return {};
  }
}

/** By the code of a socket: nobody is there, or a connection broke. */
export const bySocket: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "QZ_SOURCE_UNREACHABLE",
  ENOTFOUND: "QZ_SOURCE_UNREACHABLE",
  EAI_AGAIN: "QZ_SOURCE_UNREACHABLE",
  EHOSTUNREACH: "QZ_SOURCE_UNREACHABLE",
  ENETUNREACH: "QZ_SOURCE_UNREACHABLE",
  ETIMEDOUT: "QZ_SOURCE_UNREACHABLE",
  ENOENT: "QZ_SOURCE_UNREACHABLE",
  EACCES: "QZ_SOURCE_UNREACHABLE",
  ECONNRESET: "QZ_SOURCE_LOST",
  EPIPE: "QZ_SOURCE_LOST",
};

/** A code by which TLS of this process refuses a server, or the other way round. */
export const isTlsCode = (code: unknown): boolean =>
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)|^EPROTO$/.test(String(code));
