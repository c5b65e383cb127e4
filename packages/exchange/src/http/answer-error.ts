import {
  QianzhiError,
  type Clock,
  type ErrorCode,
  type StreamPosition,
  type Worded,
} from "@qianzhi/sdk";
import type { HttpAnswer } from "./http-client.ts";
import { isObject, streamPosition } from "./read-answer.ts";

/** Codes that a platform may answer with; any other word of its own falls back to the status. */
const platformCodes: ReadonlySet<string> = new Set<ErrorCode>([
  "QZ_PLATFORM_BUSY",
  "QZ_PLATFORM_FAULT",
  "QZ_SIGNATURE_INVALID",
  "QZ_KEY_UNKNOWN",
  "QZ_CLOCK_SKEW",
  "QZ_NOT_ALLOWED",
  "QZ_RESOURCE_UNKNOWN",
  "QZ_VERSION_UNKNOWN",
  "QZ_STREAM_UNKNOWN",
  "QZ_CATALOG_CONFLICT",
  "QZ_CATALOG_BREAKING",
  "QZ_BATCH_TOO_LARGE",
  "QZ_BATCH_REFUSED",
  "QZ_DIGEST_MISMATCH",
  "QZ_CHAIN_CONFLICT",
  "QZ_EPOCH_OLD",
  "QZ_SITE_TAKEN",
  "QZ_DESCRIPTOR_INVALID",
  "QZ_REQUEST_INVALID",
  "QZ_TOKEN_INVALID",
  "QZ_POLICY_WITHHELD",
]);

/** Beyond this a signature fails for the clock's sake, whatever the platform calls it. */
const TOLERATED_SKEW_SECONDS = 300;
const MAX_DETAIL = 200;

/** Names of what was asked, for the texts. */
export type RequestFacts = Readonly<Record<string, unknown>>;

/** The typed error for an answer that is not a success. */
export function answerError(answer: HttpAnswer, facts: RequestFacts, clock: Clock): QianzhiError {
  const problem = readProblem(answer);
  const { status } = answer;
  const code = codeOf(problem["code"], status, facts);
  const skewSeconds = skewOf(answer, problem, clock);
  const asked = retryAfterMs(answer.headers["retry-after"], clock);
  const position = positionOf(problem["position"]);
  const common = {
    ...facts,
    status,
    problem: problemText(problem, status),
    ...(asked === undefined ? {} : { retryAfterMs: asked }),
    ...(position === undefined ? {} : { position }),
    ...(typeof problem["maxBatchBytes"] === "number" ? { limit: problem["maxBatchBytes"] } : {}),
    ...(skewSeconds === undefined ? {} : { skewSeconds }),
  };
  const skewed =
    code === "QZ_SIGNATURE_INVALID" && Math.abs(skewSeconds ?? 0) > TOLERATED_SKEW_SECONDS;
  return new QianzhiError(skewed ? "QZ_CLOCK_SKEW" : code, common);
}

function readProblem({ body }: HttpAnswer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return isObject(value) ? value : {};
  } catch {
    // A gateway's HTML page: the status says what there is to know.
    return {};
  }
}

function codeOf(code: unknown, status: number, facts: RequestFacts): ErrorCode {
  if (typeof code === "string" && platformCodes.has(code)) return code as ErrorCode;
  if (status === 429 || status === 503) return "QZ_PLATFORM_BUSY";
  if (status === 408 || status >= 500) return "QZ_PLATFORM_FAULT";
  if (status === 413) return "QZ_BATCH_TOO_LARGE";
  // Of the platform as a whole it is a gateway that refuses, and no resource.
  if (status === 403 && facts["resource"] !== undefined) return "QZ_NOT_ALLOWED";
  return "QZ_PROTOCOL";
}

/** Seconds by which this machine's clock is ahead of the platform's. */
function skewOf(
  answer: HttpAnswer,
  problem: Readonly<Record<string, unknown>>,
  clock: Clock,
): number | undefined {
  const theirs = Date.parse(
    typeof problem["now"] === "string" ? problem["now"] : (answer.headers["date"] ?? ""),
  );
  return Number.isNaN(theirs) ? undefined : Math.round((clock.now() - theirs) / 1000);
}

/** Retry-After in either of its forms, RFC 9110 section 10.2.3. */
function retryAfterMs(value: string | undefined, clock: Clock): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.now());
}

function positionOf(value: unknown): StreamPosition | undefined {
  try {
    return value === undefined ? undefined : streamPosition(value);
  } catch {
    return undefined;
  }
}

/** The platform's own words, without what it may have quoted from a record. */
function problemText(problem: Readonly<Record<string, unknown>>, status: number): string | Worded {
  const { detail, title } = problem as { detail?: unknown; title?: unknown };
  const text = typeof detail === "string" ? detail : typeof title === "string" ? title : "";
  const plain = text
    .replace(/["'“‘「『`][^"'”’」』`]*["'”’」』`]?/g, "…")
    .replace(/[\p{Nd}Xx]{6,}/gu, "…")
    .slice(0, MAX_DETAIL);
  return plain === "" ? { en: `status ${status}`, zh: `HTTP 状态 ${status}` } : plain;
}
