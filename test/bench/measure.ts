import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Measured {
  readonly seconds: number;
  /** High-water mark of the process's memory; 0 where the system does not tell. */
  readonly peakRssMiB: number;
  readonly cpuSeconds: number;
  /** What it printed, parsed as JSON. */
  readonly output: Readonly<Record<string, unknown>>;
}

/** Clock ticks a second of /proc/PID/stat: 100 on every Linux that Node runs on. */
const ticks = 100;

/** The compiled program of this folder by name. */
export function programOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

/** Runs a Node program in a process of its own and measures it from start to end. Rejects when it fails. */
export function measure(args: readonly string[], cwd?: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    let errors = "";
    let usage = { peakRssMiB: 0, cpuSeconds: 0 };
    const watch = setInterval(() => (usage = usageOf(child.pid ?? 0) ?? usage), 20);
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.stderr
      .setEncoding("utf8")
      .on("data", (chunk: string) => (errors = (errors + chunk).slice(-4_000)));
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(watch);
      const seconds = (performance.now() - started) / 1_000;
      if (code !== 0)
        reject(new Error(`${args.join(" ")} ended with ${code}:\n${errors}${text.slice(-2_000)}`));
      else resolve({ seconds, ...usage, output: JSON.parse(text) as Record<string, unknown> });
    });
  });
}

export function usageOf(pid: number): { peakRssMiB: number; cpuSeconds: number } | undefined {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticks;
    return peak === undefined
      ? undefined
      : { peakRssMiB: Math.round(Number(peak) / 1_024), cpuSeconds };
  } catch {
    return undefined; // ended already, or no /proc here
  }
}

export interface Receiver {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a receiver of our own; it has nothing from earlier runs. */
export function startReceiver(): Promise<Receiver> {
  const child = spawn(process.execPath, [programOf("receiver")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout.setEncoding("utf8").once("data", (line: string) => {
      const stop = (): Promise<void> => (child.stdin.end(), ended);
      resolve({ url: line.trim(), pid: child.pid ?? 0, stop });
    });
  });
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? 0;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { median, least: at(0), most: at(sorted.length - 1) };
}
