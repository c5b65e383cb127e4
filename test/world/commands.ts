import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The command line of the agent, in one process for many commands: starting one for each takes a second. */
export function commandLine(folder: string) {
  const program = fileURLToPath(new URL("./commands-child.js", import.meta.url));
  const child = fork(program, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { PATH: process.env["PATH"] },
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => void printed.push(chunk));
  return {
    /** Everything that all commands wrote to standard output and standard error. */
    printed,
    async run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
      child.send({ words, env });
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
