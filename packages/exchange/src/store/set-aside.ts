import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { QianzhiError, type Clock } from "@qianzhi/sdk";
import { SECRET_BYTES } from "./site-secret.ts";
import { SECRET_FILE, STORE_FILE } from "./damage.ts";

/** Damaged files that are kept for whoever looks into the cause; with another one the oldest goes. */
const KEPT = 3;
const MARK = ".damaged-";

/**
 * Gives the damaged files of a directory other names, so that the next store begins empty. The write-ahead log goes with its
 * file: together they can still be read as far as they are whole. For whoever holds the directory alone, with the store
 * closed. Throws QZ_STORE_DENIED.
 */
export async function setAside(directory: string, clock: Clock): Promise<void> {
  const label = `${MARK}${new Date(clock.now()).toISOString().replace(/[-:.]/g, "")}`;
  const move = async (from: string, to: string): Promise<void> => {
    const path = join(directory, from);
    await rename(path, join(directory, to)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT")
        throw new QianzhiError("QZ_STORE_DENIED", { path }, { cause: error });
    });
  };
  // The log first: a log without its file would be taken for that of the next one.
  await move(`${STORE_FILE}-wal`, `${STORE_FILE}${label}-wal`);
  await rm(join(directory, `${STORE_FILE}-shm`), { force: true });
  await move(STORE_FILE, `${STORE_FILE}${label}`);
  const secretBytes = await stat(join(directory, SECRET_FILE)).then(
    ({ size }) => size,
    () => SECRET_BYTES,
  );
  if (secretBytes !== SECRET_BYTES) await move(SECRET_FILE, `${SECRET_FILE}${label}`);
  const labels = await labelsIn(directory);
  for (const name of await readdir(directory))
    if (labels.slice(KEPT).some((old) => name.includes(old))) await rm(join(directory, name));
}

/** Names of the damaged stores that are kept in a directory, the newest first. */
export const keptAside = async (directory: string): Promise<readonly string[]> =>
  (await labelsIn(directory)).map((label) => `${STORE_FILE}${label}`);

async function labelsIn(directory: string): Promise<readonly string[]> {
  const pattern = /^outbox\.db(\.damaged-\d{8}T\d{9}Z)$/;
  const names = await readdir(directory);
  return names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .sort()
    .reverse();
}
