import { readdir, readFile, stat } from "node:fs/promises";

/** What the loader needs of a file system. */
export interface ConfigFiles {
  /** The text of a file; rejects when it cannot be read. */
  read(path: string): Promise<string>;
  /** Names in a directory; rejects when there is none. */
  list(directory: string): Promise<readonly string[]>;
  /** Whether accounts other than the owner may read the file. False where the system does not tell (Windows). */
  readableByOthers(path: string): Promise<boolean>;
}

/** The disk. */
export const diskFiles: ConfigFiles = {
  read: (path) => readFile(path, "utf8"),
  list: (directory) => readdir(directory),
  readableByOthers: async (path) =>
    process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0,
};
