import { spawn, type ChildProcess } from "node:child_process";
import { stat } from "node:fs/promises";
import { QianzhiError } from "@qianzhi/sdk";
import { inherited, type ProcessOptions } from "./options.ts";
import type { After } from "./real-world.ts";
import { splitLines, type LineEvents } from "./split-lines.ts";

/** A running program. */
export interface Program {
  /** One line more for its standard input; nothing happens when that is closed. */
  write(line: string): void;
  /** Ends its standard input, upon which it should end itself. */
  endInput(): void;
  /** Ends it with everything that it started. */
  kill(): void;
  /** Resolves when it has ended and all that it said was heard: how, in words. */
  readonly ended: Promise<string>;
}

export interface ProgramEvents extends LineEvents {
  /** What it writes to standard error. */
  complaint(chunk: Uint8Array): void;
}

const isWindows = process.platform === "win32";
/** Somebody the program left behind may hold its output open. */
const DRAIN_MS = 1_000;

/** Starts the program of a source: without a shell, in a group of its own. Throws QZ_PROGRAM_MISSING. */
export async function startProgram(
  source: string,
  { command, args = [], cwd, env = {}, maxLineBytes }: ProcessOptions & { maxLineBytes: number },
  events: ProgramEvents,
  after: After,
): Promise<Program> {
  const child = spawn(command, args, {
    cwd,
    env: { ...ownVariables(), ...env },
    stdio: ["pipe", "pipe", "pipe"],
    shell: false,
    windowsHide: true,
    // On POSIX a group of its own, so that all of it can be ended, and Ctrl-C at the agent reaches it through its input alone.
    detached: !isWindows,
  });
  await started(child, { source, command, cwd });
  const lines = splitLines(maxLineBytes, events);
  child.stdout.on("data", (chunk: Uint8Array) => lines.take(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => events.complaint(chunk));
  // A program that is gone takes no more input: how it ended says more than a broken pipe.
  for (const stream of [child.stdin, child.stdout, child.stderr])
    stream.on("error", () => undefined);
  const kill = (): void => killAll(child);
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      // What it started outlives it otherwise. Windows finds that only while it runs.
      if (!isWindows) kill();
      const finish = (): void => {
        stop();
        child.stdout.destroy();
        child.stderr.destroy();
        const how = signal === null ? `exit code ${code}` : `ended by ${signal}`;
        resolve(lines.isPartial ? `${how}, in the middle of a line` : how);
      };
      const stop = after(DRAIN_MS, finish);
      child.once("close", finish);
    });
  });
  return {
    write: (line) => {
      if (child.stdin.writable) child.stdin.write(`${line}\n`);
    },
    endInput: () => child.stdin.end(),
    kill,
    ended,
  };
}

const ownVariables = (): Record<string, string> =>
  Object.fromEntries(
    inherited.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

async function started(
  child: ChildProcess,
  { source, command, cwd }: { source: string; command: string; cwd: string | undefined },
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.on("error", () => undefined);
  } catch (cause) {
    const isFolder =
      cwd === undefined || ((await stat(cwd).catch(() => undefined))?.isDirectory() ?? false);
    throw new QianzhiError(
      "QZ_PROGRAM_MISSING",
      isFolder ? { source, command } : { source, command: `${command} (cwd: ${cwd})` },
      { cause },
    );
  }
}

function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (isWindows) {
    spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true })
      .on("error", () => undefined)
      .unref();
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
}
