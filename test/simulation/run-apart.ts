import { spawn } from "node:child_process";
import { once } from "node:events";

export interface SeedRun {
  readonly code: number;
  /** Of the first seed that failed: everything about it. The last line says what ran. */
  readonly output: string;
}

/** Runs seeds in a process of their own, up to the first that fails. `main` is the compiled `main.js`. */
export async function runApart(
  main: string,
  from: number,
  count: number,
  ...more: readonly "shrink"[]
): Promise<SeedRun> {
  const child = spawn(process.execPath, [main, String(from), String(count), ...more], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? 1, output: output.trimEnd() };
}
