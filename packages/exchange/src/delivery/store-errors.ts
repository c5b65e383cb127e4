import { QianzhiError } from "@qianzhi/sdk";
import type { Store } from "../store/store.ts";

/**
 * A full disk stops sealing; delivery has the reserve then, since what it records makes room. True when the error was a full
 * disk and the reserve is given up for it: the attempt may be repeated at once. A receipt that could not be recorded is asked
 * for again by sending its batch again.
 */
export function makeRoom({ reserve, limits }: Store, error: QianzhiError): boolean {
  if (error.code !== "QZ_DISK_FULL" || limits.reserveBytes === 0 || !reserve.held) return false;
  reserve.release();
  return true;
}

/** What is not ours becomes QZ_INTERNAL. */
export function typed(error: unknown): QianzhiError {
  return QianzhiError.is(error) ? error : new QianzhiError("QZ_INTERNAL", {}, { cause: error });
}
