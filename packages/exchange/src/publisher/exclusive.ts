import { createHash } from "node:crypto";
import { QianzhiError, type Timers } from "@qianzhi/sdk";
import { lockDirectory, type DirectoryLock } from "../store/lock-directory.ts";

/** How often a waiting process looks whether the lock is free. */
const LOOK_EVERY_MS = 250;
/** How often to try when the directory itself is at fault, a full disk for example. */
const TRY_AGAIN_MS = 1_000;

export interface WaitOptions {
  readonly signal: AbortSignal | undefined;
  /** Ends the wait for a lock that another holds. */
  readonly unless?: () => boolean;
  /** What is wrong with the directory just now; it is tried again. Without it such an error is thrown. */
  readonly onError?: (code: string) => void;
}

/** Waits until no other process (or other part of this one) holds the named lock; undefined when told to end first. */
export async function waitForLock(
  directory: string,
  name: string,
  timers: Timers,
  { signal, unless, onError }: WaitOptions,
): Promise<DirectoryLock | undefined> {
  while (signal?.aborted !== true) {
    try {
      return await lockDirectory(directory, name);
    } catch (error) {
      if (!QianzhiError.is(error)) throw error;
      const locked = error.code === "QZ_STORE_LOCKED";
      if (!locked && onError === undefined) throw error;
      if (!locked) onError?.(error.code);
      if (unless?.() === true) return undefined;
      await timers.sleep(locked ? LOOK_EVERY_MS : TRY_AGAIN_MS, signal);
    }
  }
  return undefined;
}

/** A file name for the lock of one stream, whatever characters its name has. */
export function lockName(stream: string): string {
  return `publish-${createHash("sha256").update(stream).digest("hex").slice(0, 16)}.lock`;
}
