import { open, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { QianzhiError } from "@qianzhi/sdk";
import type { Invocation } from "./invocation.ts";

/** Whoever makes the file may read it, nobody else. */
const PRIVATE = 0o600;

/**
 * Writes pages of lines into a new file, which is there when it is whole, and answers how many lines. Throws QZ_USAGE when it
 * is there already or cannot be written.
 */
export async function exportLines(
  invocation: Invocation,
  name: string,
  pages: Iterable<readonly string[]>,
): Promise<number> {
  const path = resolve(invocation.directory, name);
  try {
    if (await isThere(path))
      throw unwritable(invocation, name, { code: "EEXIST", name: "", message: "" });
    // Of an export beside this one, or one that was killed, the name is another.
    const mark = Buffer.from(invocation.world.random.bytes(4)).toString("hex");
    return await writeWhole(path, `${path}.${mark}.part`, pages);
  } catch (error) {
    throw QianzhiError.is(error) ? error : unwritable(invocation, name, error as Error);
  }
}

async function writeWhole(
  path: string,
  draft: string,
  pages: Iterable<readonly string[]>,
): Promise<number> {
  const file = await open(draft, "wx", PRIVATE);
  let count = 0;
  try {
    try {
      for (const lines of pages) {
        await file.write(`${lines.join("\n")}\n`);
        count += lines.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return count;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );

const unwritable = (
  { text }: Invocation,
  file: string,
  { code, message }: NodeJS.ErrnoException,
): QianzhiError =>
  new QianzhiError("QZ_USAGE", {
    problem:
      code === "EEXIST"
        ? text("export.exists", { file })
        : text("export.unwritable", { file, problem: code ?? message }),
  });
