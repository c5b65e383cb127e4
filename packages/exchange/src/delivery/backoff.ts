import { errorTable, type Pace, type QianzhiError } from "@qianzhi/sdk";

/** First wait and longest wait of each pace, in milliseconds. A quarter of an hour keeps accounts from being locked. */
const waits: Readonly<Record<Pace, { readonly first: number; readonly longest: number }>> = {
  seconds: { first: 1_000, longest: 60_000 },
  minute: { first: 60_000, longest: 300_000 },
  "quarter-hour": { first: 900_000, longest: 900_000 },
  never: { first: 900_000, longest: 900_000 },
};

/** A platform cannot send the site to sleep for longer than this. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * How long to wait after the n-th failure in a row (n from 1): doubling from the pace's first wait to its longest, half of it
 * at random so that sites do not come back all at once, and never sooner than the platform asked.
 */
export function retryDelay(error: QianzhiError, failures: number, fraction: number): number {
  const { first, longest } = waits[errorTable[error.code]?.pace ?? "minute"];
  const full = Math.min(longest, first * 2 ** Math.min(failures - 1, 20));
  const asked = error.details["retryAfterMs"];
  const least =
    typeof asked === "number" && asked > 0 ? Math.min(asked, LONGEST_RETRY_AFTER_MS) : 0;
  return Math.max(least, full * (0.5 + fraction / 2));
}

const targetWide: ReadonlySet<string> = new Set<QianzhiError["code"]>([
  "QZ_PLATFORM_UNREACHABLE",
  "QZ_PLATFORM_TIMEOUT",
  "QZ_PLATFORM_TLS",
  "QZ_PROXY_UNREACHABLE",
  "QZ_PROXY_REFUSED",
  "QZ_PLATFORM_BUSY",
  "QZ_PLATFORM_FAULT",
  "QZ_SIGNATURE_INVALID",
  "QZ_KEY_UNKNOWN",
  "QZ_CLOCK_SKEW",
  "QZ_GATEWAY_REFUSED",
  "QZ_TARGET_AUTH",
  "QZ_TARGET_FULL",
  "QZ_TARGET_SESSION",
  "QZ_STORE_BUSY",
  "QZ_STORE_IO",
  "QZ_DISK_FULL",
]);

/** Whether the error concerns the target (or the store) as a whole, so that no stream need try. */
export function isTargetWide(error: QianzhiError): boolean {
  return targetWide.has(error.code);
}
