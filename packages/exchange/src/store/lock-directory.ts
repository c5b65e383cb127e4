import { truncate } from "node:fs/promises";
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
  try {
    return await takeLock(path);
  } catch (error) {
    const { code } = databaseError(error, path);
    if (code === "QZ_STORE_BUSY") throw new QianzhiError("QZ_STORE_LOCKED", { path: directory });
    if (code !== "QZ_STORE_CORRUPT") throw databaseError(error, path);
    // It holds nothing that could be lost. Had somebody the lock, SQLite would have said so before it looked inside.
    await truncate(path);
    return takeLock(path);
  }
}

async function takeLock(path: string): Promise<DirectoryLock> {
  const database = await openDatabase(path);
  try {
    database.exec("PRAGMA busy_timeout = 0");
    database.exec("BEGIN EXCLUSIVE");
    return lockHeldBy(database);
  } catch (error) {
    database.close();
    throw error;
  }
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
