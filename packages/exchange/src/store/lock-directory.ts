import { join } from "node:path";
import { QianzhiError } from "@qianzhi/sdk";
import { openDatabase, type Database } from "../database/database.ts";
import { databaseError } from "../database/database-error.ts";
import { createDirectory, createPrivateFile } from "./private-file.ts";

export interface DirectoryLock {
  /** Releasing twice is fine. */
  release(): void;
}

/**
 * Takes the directory for this process alone, or throws QZ_STORE_LOCKED at once. The lock is SQLite's exclusive lock on a
 * file of its own, held by an open transaction: the operating system frees it when the process dies in whatever way, so
 * there is no stale lock to clean up. `name` allows several independent locks in one directory.
 */
export async function lockDirectory(
  directory: string,
  name = "agent.lock",
): Promise<DirectoryLock> {
  await createDirectory(directory);
  const path = join(directory, name);
  await createPrivateFile(path);
  const database = await openDatabase(path);
  try {
    database.exec("PRAGMA busy_timeout = 0");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    const typed = databaseError(error, path);
    throw typed.code === "QZ_STORE_BUSY"
      ? new QianzhiError("QZ_STORE_LOCKED", { path: directory })
      : typed;
  }
  return lockHeldBy(database);
}

function lockHeldBy(database: Database): DirectoryLock {
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      database.close();
    },
  };
}
