import {
  QianzhiError,
  describeError,
  type ErrorCode,
  type Language,
  type Problem,
} from "@qianzhi/sdk";
import { text, type PlatformResponse } from "./message.ts";

/** Which HTTP status each code of the protocol has. A code that is not here is a fault of the platform: 500. */
export const problemStatus: Partial<Readonly<Record<ErrorCode, number>>> = {
  QZ_REQUEST_INVALID: 400,
  QZ_DIGEST_MISMATCH: 400,
  QZ_CLOCK_SKEW: 401,
  QZ_KEY_UNKNOWN: 401,
  QZ_SIGNATURE_INVALID: 401,
  QZ_TOKEN_INVALID: 401,
  QZ_NOT_ALLOWED: 403,
  QZ_POLICY_WITHHELD: 403,
  QZ_RESOURCE_UNKNOWN: 404,
  QZ_STREAM_UNKNOWN: 404,
  QZ_VERSION_UNKNOWN: 409,
  QZ_CATALOG_CONFLICT: 409,
  QZ_CATALOG_BREAKING: 409,
  QZ_CHAIN_CONFLICT: 409,
  QZ_EPOCH_OLD: 409,
  QZ_SITE_TAKEN: 409,
  QZ_BATCH_TOO_LARGE: 413,
  QZ_BATCH_REFUSED: 422,
  QZ_DESCRIPTOR_INVALID: 422,
  QZ_PLATFORM_BUSY: 503,
  QZ_PLATFORM_FAULT: 500,
};

// Facts of an error that travel; everything else in `details` stays here.
const members = ["position", "now", "maxBatchBytes", "problems"] as const;

/** The answer that tells an error: RFC 9457, its title in the language that the client asked for. */
export function problem(error: unknown, acceptLanguage = ""): PlatformResponse {
  const ours =
    QianzhiError.is(error) && problemStatus[error.code] !== undefined
      ? error
      : new QianzhiError("QZ_PLATFORM_FAULT", { status: 500 });
  const { code, details } = ours;
  const status = typeof details["status"] === "number" ? details["status"] : problemStatus[code]!;
  const language: Language = /^\s*zh\b/i.test(acceptLanguage) ? "zh" : "en";
  const detail = details["problem"];
  const body: Problem = {
    type: `urn:qianzhi:${code}`,
    title: describeError(ours, language).message,
    status,
    ...(typeof detail === "string" ? { detail } : {}),
    code,
    ...Object.fromEntries(
      members.flatMap((name) => (details[name] === undefined ? [] : [[name, details[name]]])),
    ),
  };
  return text(status, "application/problem+json", JSON.stringify(body), problemHeaders(ours));
}

function problemHeaders({ code, details }: QianzhiError): Record<string, string> {
  const { retryAfterSeconds, allow, acceptEncoding } = details;
  return {
    ...(typeof retryAfterSeconds === "number" ? { "retry-after": String(retryAfterSeconds) } : {}),
    ...(typeof allow === "string" ? { allow } : {}),
    ...(typeof acceptEncoding === "string" ? { "accept-encoding": acceptEncoding } : {}),
    ...(code === "QZ_TOKEN_INVALID" ? { "www-authenticate": "Bearer" } : {}),
  };
}

/** A request that does not follow the protocol; `status` when another than 400 says it better. */
export function invalidRequest(
  problem: string,
  details: Record<string, unknown> = {},
): QianzhiError {
  return new QianzhiError("QZ_REQUEST_INVALID", { problem, ...details });
}
