import { chmod, mkdir, open } from "node:fs/promises";
import { QianzhiError } from "@qianzhi/sdk";

/** Creates the directory, readable by its owner alone, if it does not exist. Throws QZ_STORE_DENIED. */
export async function createDirectory(path: string): Promise<void> {
  try {
    const created = await mkdir(path, { recursive: true, mode: 0o700 });
    if (created !== undefined) await chmod(path, 0o700);
  } catch (error) {
    throw new QianzhiError("QZ_STORE_DENIED", { path }, { cause: error });
  }
}

/**
 * Creates an empty file of mode 0600 if there is none. SQLite then opens it and gives its log and index the same mode.
 * An existing file is not opened: closing it would drop the locks that this process holds on it.
 */
export async function createPrivateFile(path: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    const code =
      (error as NodeJS.ErrnoException).code === "ENOSPC" ? "QZ_DISK_FULL" : "QZ_STORE_DENIED";
    throw new QianzhiError(code, { path }, { cause: error });
  }
}
