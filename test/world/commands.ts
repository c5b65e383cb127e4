import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../architecture/workspace.ts";

/** The command line of the agent, in one process for many commands: starting one for each takes a second. */
export function commandLine(folder: string) {
  const program = join(root, "agent/dist/test/command-child.js");
  const child = fork(program, { cwd: folder, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const printed: Buffer[] = [];
  // What a library writes past the command goes there.
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => void printed.push(chunk));
  child.on("message", ({ out, error }: { readonly out: string; readonly error: string }) =>
    printed.push(Buffer.from(out + error)),
  );
  return {
    /** Everything that all commands wrote to standard output and standard error. */
    printed,
    async run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
      child.send({ words, cwd: folder, env: { PATH: process.env["PATH"], ...env } });
      await Promise.race([once(child, "message"), once(child, "exit")]);
    },
    /** Afterwards everything has been printed. */
    async [Symbol.asyncDispose]() {
      const ends = [child, child.stdout!, child.stderr!].map((each) =>
        once(each, each === child ? "exit" : "end"),
      );
      child.disconnect();
      await Promise.all(ends);
    },
  };
}
