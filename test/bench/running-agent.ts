import { spawn } from "node:child_process";
import { root } from "../architecture/workspace.ts";

export interface RunningAgent {
  readonly pid: number;
  /** Asks it to end and resolves with the seconds that took. Rejects when it had ended by itself. */
  stop(): Promise<number>;
}

/** Starts the agent on its schedule, in a process of its own. */
export function startAgent(config: string): RunningAgent {
  const program = `${root}/agent/bin/qianzhi.js`;
  const child = spawn(process.execPath, [program, "run", "--config", config], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (chunk: string) => (log = (log + chunk).slice(-4_000)));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return {
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null)
        throw new Error(`the agent ended by itself with ${child.exitCode}:\n${log}`);
      const started = performance.now();
      child.kill("SIGTERM");
      await ended;
      return (performance.now() - started) / 1_000;
    },
  };
}

/** Resolves when the receiver has got that many records, or rejects after a while. */
export async function arrived(
  platformUrl: string,
  records: number,
  limitMs = 120_000,
): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    const totals = (await (await fetch(`${platformUrl}/bench`)).json()) as { records: number };
    if (totals.records >= records) return;
    if (performance.now() > until)
      throw new Error(`${totals.records} of ${records} records arrived`);
    await pause(100);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
