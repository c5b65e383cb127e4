import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The files in the folder of a bundle that are missing or not what its SHA256SUMS says; undefined without such a list. */
export function damagedFiles(folder) {
  const sums = textOf(join(folder, "SHA256SUMS"));
  return sums
    ?.trimEnd()
    .split("\n")
    .map((line) => line.split("  "))
    .filter(([sum, name]) => sumOf(join(folder, name)) !== sum)
    .map(([, name]) => name);
}

/** Undefined where there is no such file. */
export function textOf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function sumOf(path) {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return undefined;
  }
}
