import { rm } from "node:fs/promises";
import type { Random } from "@qianzhi/sdk";
import { createDirectory, createPrivateFile } from "./private-file.ts";
import { openSiteSecret, type SiteSecret } from "./site-secret.ts";

/** What a store makes beside its database; a simulation keeps it in memory. Errors are those of the functions on the disk. */
export interface StoreFiles {
  /** Creates the directory, readable by its owner alone, if it does not exist. */
  createDirectory(path: string): Promise<void>;
  /** Creates an empty file that its owner alone may read, if there is none. */
  createPrivateFile(path: string): Promise<void>;
  /** Removes a file that may be gone already. */
  remove(path: string): Promise<void>;
  /** Reads the directory's secret, or creates it. */
  openSecret(directory: string, random: Random): Promise<SiteSecret>;
}

export const filesOnDisk: StoreFiles = {
  createDirectory,
  createPrivateFile,
  remove: (path) => rm(path, { force: true }),
  openSecret: openSiteSecret,
};
