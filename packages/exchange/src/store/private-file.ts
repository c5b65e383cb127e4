import { chmod, mkdir, open } from "node:fs/promises";
import { QianzhiError } from "@qianzhi/sdk";

/** Creates the directory, readable by its owner alone, if it does not exist. Throws QZ_STORE_DENIED, QZ_DISK_FULL. */
export async function createDirectory(path: string): Promise<void> {
  try {
    const created = await mkdir(path, { recursive: true, mode: 0o700 });
    if (created !== undefined) await chmod(path, 0o700);
  } catch (error) {
    throw refused(error, path);
  }
}

/**
 * Creates an empty file of mode 0600 if there is none. SQLite then opens it and gives its log and index the same mode.
 * An existing file is closed to others (a copy put back from a backup seldom is), yet not opened: closing it would drop the
 * locks that this process holds on it.
 */
export async function createPrivateFile(path: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return closeToOthers(path);
    throw refused(error, path);
  }
}

function refused(cause: unknown, path: string): QianzhiError {
  const isFull = (cause as NodeJS.ErrnoException).code === "ENOSPC";
  return new QianzhiError(isFull ? "QZ_DISK_FULL" : "QZ_STORE_DENIED", { path }, { cause });
}

/** Mode 0600. A file that another account owns is left as it is: what can be read of it is for that account to say. */
export async function closeToOthers(path: string): Promise<void> {
  await chmod(path, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EPERM")
      throw new QianzhiError("QZ_STORE_DENIED", { path }, { cause: error });
  });
}
