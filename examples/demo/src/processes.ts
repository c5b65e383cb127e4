import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

/** The agent's own command line, as it is installed. */
const program = join(
  dirname(createRequire(import.meta.url).resolve("@qianzhi/agent")),
  "../../bin/qianzhi.js",
);

export interface Surroundings {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a command that goes on, its output in a file of the folder. */
export function start(
  { folder, environment }: Surroundings,
  name: string,
  words: readonly string[],
): ChildProcess {
  const output = openSync(join(folder, `${name}.log`), "a");
  return spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", output, output],
  });
}

/** Runs a command to its end; its exit code and output. */
export async function run(
  { folder, environment }: Surroundings,
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }> {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output, errors };
}

export async function stop(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
