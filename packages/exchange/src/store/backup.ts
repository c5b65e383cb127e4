import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { QianzhiError, type Clock } from "@qianzhi/sdk";
import type { Ledger } from "../ledger/ledger.ts";
import { SECRET_FILE, STORE_FILE } from "./damage.ts";
import { lockDirectory } from "./lock-directory.ts";
import { closeToOthers, createPrivateFile } from "./private-file.ts";
import type { Store } from "./store.ts";

/** Written last: a backup without it was not finished. */
const NOTE_FILE = "backup.json";
const FILES = [SECRET_FILE, STORE_FILE] as const;
/** What stood in the directory before a restore; with another restore the older one goes. */
const MARK = ".replaced-";

/** What a backup says of itself. */
export interface BackupNote {
  /** When it was made, an ISO 8601 time. */
  readonly at: string;
  /** SHA-256 of each file, in hexadecimal. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Copies the store and its secret into a new folder, readable by its owner alone, as they are at one moment: the agent may
 * run on. Whoever has the copy can read what the store holds. The ledger's line about it is part of the copy, so that a
 * restored directory tells where it comes from; one that fails after it has another. Throws QZ_STORE_DENIED, QZ_DISK_FULL;
 * of a folder that is there already, EEXIST is the cause.
 */
export async function backUp(
  { store, ledger }: { readonly store: Store; readonly ledger: Ledger },
  folder: string,
): Promise<BackupNote> {
  await mkdir(folder, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new QianzhiError("QZ_STORE_DENIED", { path: folder }, { cause });
  });
  try {
    ledger.append("backup", { folder });
    for (const name of FILES) await createPrivateFile(join(folder, name));
    await copyFile(join(store.directory, SECRET_FILE), join(folder, SECRET_FILE));
    store.database.prepare("VACUUM INTO ?").run(join(folder, STORE_FILE));
    const sums = FILES.map(async (name) => [name, await sumOf(join(folder, name))] as const);
    const note: BackupNote = {
      at: new Date(store.world.clock.now()).toISOString(),
      files: Object.fromEntries(await Promise.all(sums)),
    };
    for (const name of FILES) await sync(join(folder, name));
    await createPrivateFile(join(folder, NOTE_FILE));
    await writeDurably(join(folder, NOTE_FILE), `${JSON.stringify(note, null, 2)}\n`);
    return note;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    ledger.append("backup-failed", { folder });
    throw error;
  }
}

/**
 * Puts a backup in the place of what a data directory holds, which is kept beside it under another name. Refused with
 * QZ_BACKUP_DAMAGED, before anything is changed, when a file is not as it was, and with QZ_STORE_LOCKED while an agent runs.
 */
export async function restoreBackup(
  folder: string,
  directory: string,
  clock: Clock,
): Promise<BackupNote> {
  const note = await checked(folder);
  const lock = await lockDirectory(directory);
  try {
    // Whole copies first, so that what is there is given up only for something that is.
    for (const name of FILES) await copyPrivately(join(folder, name), join(directory, draft(name)));
    await makeWay(directory, clock);
    for (const name of FILES) await rename(join(directory, draft(name)), join(directory, name));
  } finally {
    lock.release();
  }
  return note;
}

const draft = (name: string): string => `${name}.restoring`;

async function checked(folder: string): Promise<BackupNote> {
  const damaged = (problem: string, cause?: unknown): QianzhiError =>
    new QianzhiError("QZ_BACKUP_DAMAGED", { path: folder, problem }, { cause });
  const text = await readFile(join(folder, NOTE_FILE), "utf8").catch((cause: unknown) => {
    throw damaged(NOTE_FILE, cause);
  });
  const note = readNote(text);
  if (note === undefined) throw damaged(NOTE_FILE);
  for (const name of FILES) {
    const found = await sumOf(join(folder, name)).catch((cause: unknown) => {
      throw damaged(name, cause);
    });
    if (found !== note.files[name]) throw damaged(name);
  }
  return note;
}

function readNote(text: string): BackupNote | undefined {
  try {
    const { at, files } = JSON.parse(text) as Partial<BackupNote>;
    return typeof at === "string" && typeof files === "object" ? { at, files } : undefined;
  } catch {
    return undefined;
  }
}

/** The log goes before its file: a log without its file would be taken for that of the next one. */
async function makeWay(directory: string, clock: Clock): Promise<void> {
  const label = `${MARK}${new Date(clock.now()).toISOString().replace(/[-:.]/g, "")}`;
  const before = (await readdir(directory)).filter((name) => name.includes(MARK));
  await rm(join(directory, `${STORE_FILE}-shm`), { force: true });
  for (const [name, kept] of [
    [`${STORE_FILE}-wal`, `${STORE_FILE}${label}-wal`],
    [STORE_FILE, `${STORE_FILE}${label}`],
    [SECRET_FILE, `${SECRET_FILE}${label}`],
  ] as const)
    await rename(join(directory, name), join(directory, kept)).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT")
          throw new QianzhiError("QZ_STORE_DENIED", { path: directory }, { cause: error });
      },
    );
  for (const name of before) await rm(join(directory, name), { force: true });
}

async function copyPrivately(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await createPrivateFile(to);
  await copyFile(from, to);
  await closeToOthers(to);
  await sync(to);
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
