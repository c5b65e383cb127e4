import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, type OpenDatabase } from "@qianzhi/exchange";
import { copyFiles, makeDirectory } from "../world/data-directory.ts";

/** Where the data directories of a world are kept. */
export interface Disk {
  readonly open: OpenDatabase;
  /** Makes an empty data directory. */
  make(directory: string): void;
  /** Copies what a data directory holds, as a backup of a running machine does. */
  copy(from: string, to: string): void;
  /** Nothing of the world runs any more. */
  close(): void;
}

/** Files of SQLite, which the product makes in an empty directory. */
export const fileDisk: Disk = {
  open: openDatabase,
  make: makeDirectory,
  copy: copyFiles,
  close: () => undefined,
};

/** What the files of a world are in. Memory-backed where there is such a thing: they are written as if for ever, and kept for a second. */
export const worldDirectory = (): string =>
  mkdtempSync(
    join(
      statSync("/dev/shm", { throwIfNoEntry: false })?.isDirectory() === true
        ? "/dev/shm"
        : tmpdir(),
      "qianzhi-simulation-",
    ),
  );
