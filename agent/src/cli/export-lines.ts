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
  const draft = `${path}.part`;
  let count = 0;
  try {
    if (await isThere(path)) throw unwritable(invocation, name, { code: "EEXIST", message: "" });
    // Of an export that was broken off.
    await rm(draft, { force: true });
    const file = await open(draft, "wx", PRIVATE);
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
    await rm(draft, { force: true }).catch(() => undefined);
    throw QianzhiError.is(error) ? error : unwritable(invocation, name, error as Error);
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
  { code, message }: Pick<NodeJS.ErrnoException, "code" | "message">,
): QianzhiError =>
  new QianzhiError("QZ_USAGE", {
    problem:
      code === "EEXIST"
        ? text("export.exists", { file })
        : text("export.unwritable", { file, problem: code ?? message }),
  });
