import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a command printed, and its exit code. */
export interface CommandOutcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export interface CommandProcess extends AsyncDisposable {
  /** One command at a time; its environment is PATH, what is given, and nothing else. */
  run(
    words: readonly string[],
    options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<CommandOutcome>;
}

/** The command line in one process for many commands: starting one for each costs a third of a second of a core. */
export function commandProcess(): CommandProcess {
  const child = fork(fileURLToPath(new URL("./command-child.js", import.meta.url)));
  return {
    async run(words, { cwd, env = {} }) {
      child.send({ words, cwd, env: { PATH: process.env["PATH"], LANG: "C", ...env } });
      const answered = new AbortController();
      const [answer] = (await Promise.race([
        once(child, "message", answered),
        once(child, "exit", answered),
      ])) as [CommandOutcome | number | null];
      answered.abort();
      if (typeof answer === "object" && answer !== null) return answer;
      return assert.fail(`the process ended with ${answer} at: qianzhi ${words.join(" ")}`);
    },
    async [Symbol.asyncDispose]() {
      const end = once(child, "exit");
      child.disconnect();
      await end;
    },
  };
}
