import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { QianzhiError } from "@qianzhi/sdk";
import type { Invocation } from "./invocation.ts";

/** Whoever makes the file may read it, nobody else. */
const PRIVATE = 0o600;

/** Writes pages of lines into a new file and answers how many lines. Throws QZ_USAGE when it is there or cannot be written. */
export async function exportLines(
  invocation: Invocation,
  name: string,
  pages: Iterable<readonly string[]>,
): Promise<number> {
  const path = resolve(invocation.directory, name);
  const file = await open(path, "wx", PRIVATE).catch((cause: NodeJS.ErrnoException) => {
    throw unwritable(invocation, name, cause);
  });
  let count = 0;
  try {
    for (const lines of pages) {
      await file.write(`${lines.join("\n")}\n`);
      count += lines.length;
    }
    await file.sync();
  } catch (error) {
    throw QianzhiError.is(error) ? error : unwritable(invocation, name, error as Error);
  } finally {
    await file.close();
  }
  return count;
}

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
