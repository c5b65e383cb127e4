import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defaultLimits } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import { problem, type Finding } from "./finding.ts";

/** A disk with less than this beyond the reserve would be full with the first batches. */
const LEAST_FREE_BYTES = 32 * 1024 * 1024;

/** Whether the agent could work in its data directory, which need not be there yet. Nothing is written. */
export async function checkDirectory(path: string): Promise<readonly Finding[]> {
  const there = await nearest(path);
  try {
    await access(`${there}/`, constants.W_OK | constants.X_OK);
  } catch (cause) {
    return [problem("data", new QianzhiError("QZ_STORE_DENIED", { path: there }, { cause }))];
  }
  const disk = await statfs(there);
  const held = await stat(join(path, "reserve")).catch(() => ({ size: 0 }));
  const needed = defaultLimits.reserveBytes - held.size + LEAST_FREE_BYTES;
  return disk.bavail * disk.bsize < needed
    ? [problem("data", new QianzhiError("QZ_DISK_FULL", { path }))]
    : [];
}

/** The path itself, or the folder in which it would be made. */
async function nearest(path: string): Promise<string> {
  const found = await stat(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== "ENOENT" || dirname(path) === path,
  );
  return found ? path : nearest(dirname(path));
}
