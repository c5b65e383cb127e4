import { cpSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RESERVE = "reserve";
const RESERVE_BYTES = 96 * 1024 * 1024;

/** A data directory with the reserve for a full disk: of the right size, so that the store finds it there, and without any bytes. */
export function makeDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, RESERVE);
  writeFileSync(path, "", { mode: 0o600 });
  truncateSync(path, RESERVE_BYTES);
}

/** Copies what a data directory holds, as a backup of a running machine does. */
export const copyFiles = (from: string, to: string): void =>
  cpSync(from, to, { recursive: true, filter: (path) => path !== join(from, RESERVE) });
