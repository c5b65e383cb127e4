import { QianzhiError, type ErrorCode } from "@qianzhi/sdk";
import type { TablesOptions } from "../options.ts";
import type { Engine, Purpose } from "./engine.ts";

/** What the engine's number of an error means: one of our codes, or a row that does not fit. */
export type Meaning = ErrorCode | "row" | undefined;

const sockets: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ENOENT",
]);

/** Codes of the socket and of TLS, which both drivers pass on. */
export function meaningOfSocket(code: string): ErrorCode | undefined {
  if (sockets.has(code)) return "QZ_PLATFORM_UNREACHABLE";
  if (code === "ETIMEDOUT") return "QZ_PLATFORM_TIMEOUT";
  return /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code)
    ? "QZ_PLATFORM_TLS"
    : undefined;
}

export interface FaultContext {
  readonly engine: Pick<Engine, "grant">;
  readonly options: TablesOptions;
  /** Absent while connecting. */
  readonly purpose?: Purpose;
}

/** Our error. The driver's own text is left out: it repeats values. */
export function targetError(
  code: ErrorCode,
  number: string,
  { engine, options, purpose }: FaultContext,
): QianzhiError {
  const { host, port, user, statementTimeoutMs, connectTimeoutMs } = options;
  const { table = options.database, operation = "SELECT" } = purpose ?? {};
  return new QianzhiError(code, {
    address: `${host}:${port}`,
    user,
    table,
    operation,
    number,
    limitMs: purpose === undefined ? connectTimeoutMs : statementTimeoutMs,
    problem: number,
    ...(purpose === undefined ? {} : { grant: engine.grant(purpose, options) }),
    ...(code === "QZ_TARGET_COLUMN"
      ? {
          column: "?",
          problem: { en: "a column is not there", zh: "缺少列" },
          expected: { en: "what the descriptor says", zh: "资源描述所要求的结构" },
        }
      : {}),
  });
}
