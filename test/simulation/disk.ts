import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesOnDisk, openDatabase, type OpenDatabase, type StoreFiles } from "@qianzhi/exchange";
import { copyFiles, makeDirectory } from "../world/data-directory.ts";

/** Where the data directories of a world are kept. */
export interface Disk {
  /** What they are below. */
  readonly root: string;
  readonly open: OpenDatabase;
  readonly files: StoreFiles;
  /** Makes an empty data directory. */
  make(directory: string): void;
  /** Copies what a data directory holds, as a backup of a running machine does. */
  copy(from: string, to: string): void;
  /** Nothing of the world runs any more. */
  close(): void;
}

/** Files of SQLite, which the product makes in an empty directory; memory-backed where there is such a thing. */
export function fileDisk(): Disk {
  const hasMemory = statSync("/dev/shm", { throwIfNoEntry: false })?.isDirectory() === true;
  const root = mkdtempSync(join(hasMemory ? "/dev/shm" : tmpdir(), "qianzhi-simulation-"));
  return {
    root,
    open: openDatabase,
    files: filesOnDisk,
    make: makeDirectory,
    copy: copyFiles,
    // A run that was abandoned may still be about to stage a listing.
    close: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}
