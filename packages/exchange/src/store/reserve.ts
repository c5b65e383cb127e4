import { statSync, truncateSync } from "node:fs";
import { open, statfs } from "node:fs/promises";
import { join } from "node:path";
import { createPrivateFile } from "./private-file.ts";

/**
 * Disk space set aside for delivery. While it is held, sealing may fill the rest of the disk and fails when that is used up;
 * delivery then releases the reserve and can still record receipts, which frees waiting bytes. Sealing stays refused until
 * the reserve could be set aside again.
 */
export interface Reserve {
  readonly held: boolean;
  /** Gives the space to whoever writes next. */
  release(): void;
  /** Sets the space aside again if the disk has it; answers whether it is held now. */
  restore(): Promise<boolean>;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

export async function openReserve(directory: string, bytes: number): Promise<Reserve> {
  if (bytes === 0) return { held: true, release: () => {}, restore: () => Promise.resolve(true) };
  const path = join(directory, "reserve");
  // The file itself says it, since another process may have released it, or somebody short of space removed it.
  const isHeld = (): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= bytes;
  const restore = async (): Promise<boolean> => isHeld() || allocate(directory, path, bytes);
  await restore();
  return {
    get held() {
      return isHeld();
    },
    release: () => {
      if (isHeld()) truncateSync(path, 0);
    },
    restore,
  };
}

async function allocate(directory: string, path: string, bytes: number): Promise<boolean> {
  const disk = await statfs(directory);
  // A quarter more than needed, so that a disk on the edge is not filled and released in turns.
  if (disk.bavail * disk.bsize < bytes * 1.25) return false;
  await createPrivateFile(path);
  const file = await open(path, "r+");
  try {
    const zeros = Buffer.alloc(Math.min(CHUNK_BYTES, bytes));
    for (let at = 0; at < bytes; at += zeros.length)
      await file.write(zeros, 0, Math.min(zeros.length, bytes - at), at);
    await file.sync();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    await file.truncate(0);
    return false;
  } finally {
    await file.close();
  }
}
