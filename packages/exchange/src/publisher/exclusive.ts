import { createHash } from "node:crypto";
import { QianzhiError, type Timers } from "@qianzhi/sdk";
import { lockDirectory, type DirectoryLock } from "../store/lock-directory.ts";

/** How often a waiting process looks whether the lock is free. */
const LOOK_EVERY_MS = 250;

export interface WaitOptions {
  readonly signal: AbortSignal | undefined;
  /** Ends the wait without the lock. */
  readonly unless?: () => boolean;
}

/** Waits until no other process (or other part of this one) holds the named lock; undefined when told to end first. */
export async function waitForLock(
  directory: string,
  name: string,
  timers: Timers,
  { signal, unless }: WaitOptions,
): Promise<DirectoryLock | undefined> {
  while (signal?.aborted !== true && unless?.() !== true) {
    try {
      return await lockDirectory(directory, name);
    } catch (error) {
      if (!QianzhiError.is(error) || error.code !== "QZ_STORE_LOCKED") throw error;
      await timers.sleep(LOOK_EVERY_MS, signal);
    }
  }
  return undefined;
}

/** A file name for the lock of one stream, whatever characters its name has. */
export function lockName(stream: string): string {
  return `publish-${createHash("sha256").update(stream).digest("hex").slice(0, 16)}.lock`;
}
