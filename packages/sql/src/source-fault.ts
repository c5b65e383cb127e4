import { QianzhiError, type ErrorCode } from "@qianzhi/sdk";
import type { FaultContext } from "./sql-connection.ts";

/** What the errors of a source say of it. */
export interface SourceWords {
  readonly source: string;
  readonly address: string;
  readonly user: string;
  readonly database: string;
  readonly limitMs: number;
}

/** What one error says beyond that, and the driver's own, already without values of rows. */
export interface FaultDetails extends FaultContext {
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause: unknown;
}

/** An error of a source: its words, the place, and details, of which the later outweigh the earlier. */
export function sourceFault(
  code: ErrorCode,
  words: SourceWords,
  { columns, bound: _, details, cause, ...place }: FaultDetails,
): QianzhiError {
  const known = columns === undefined ? {} : { columns };
  return new QianzhiError(code, { ...words, ...place, ...details, ...known }, { cause });
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
