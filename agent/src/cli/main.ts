import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CommanderError } from "commander";
import { QianzhiError, type World } from "@qianzhi/sdk";
import { createLog } from "../log/create-log.ts";
import { realClock, realRandom, realTimers } from "../world/real-world.ts";
import { createCli } from "./cli.ts";
import type { ExitCode } from "./invocation.ts";
import { optionValue, resolveLanguage } from "./language.ts";
import { errorDocument, errorText } from "./print-error.ts";
import { createProgram, usageProblem } from "./program.ts";
import { realInvocation } from "./real-invocation.ts";

const LINGER_MS = 2_000;

/** Runs the command line of this process and sets its exit code: the composition root of the agent. */
export async function main(): Promise<void> {
  let unwritten = false;
  // A reader that has seen enough (`| head`) closes the pipe: that is no error, and an agent goes on without it.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") unwritten = true;
    });
  const words = process.argv.slice(2);
  const configFile = resolve(
    optionValue(words, "--config") ?? optionValue(words, "-c") ?? "qianzhi.yaml",
  );
  const language = resolveLanguage(words, textOfFile(configFile), process.env);
  const logFile = optionValue(words, "--log-file");
  const log = createLog({
    format: process.stderr.isTTY ? "text" : "json",
    level: words.includes("--verbose") || words.includes("-v") ? "debug" : "info",
    language,
    clock: realClock,
    stream: process.stderr,
    ...(logFile === undefined
      ? {}
      : { file: { path: resolve(logFile), maxBytes: 10 * 2 ** 20, maxFiles: 5 } }),
  });
  const world: World = { clock: realClock, timers: realTimers, random: realRandom, log };
  let code: ExitCode = 0;
  const signal = stopSignal();
  const cli = createCli(
    language,
    (options) => realInvocation(options, language, world, signal),
    (result) => void (code = result),
  );
  const program = createProgram(cli, ownVersion(), (text) => void process.stdout.write(text));
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    const problem = error instanceof CommanderError ? usageProblem(error, program, cli) : undefined;
    // Help and version are answers, which commander throws as well.
    if (!(error instanceof CommanderError) || problem !== undefined)
      code = printFailure(
        problem === undefined ? error : new QianzhiError("QZ_USAGE", { problem }),
      );
  }
  await log.close();
  process.exitCode = code === 0 && unwritten ? 1 : code;
  // What an adapter has left open must not hold a process that was told to stop.
  if (signal.aborted) setTimeout(() => process.exit(), LINGER_MS).unref();

  function printFailure(error: unknown): ExitCode {
    if (words.includes("--json"))
      process.stdout.write(`${JSON.stringify(errorDocument(error, language))}\n`);
    else process.stderr.write(`${errorText(error, language, process.cwd())}\n`);
    return QianzhiError.is(error) && error.code === "QZ_USAGE" ? 2 : 1;
  }
}

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process as usual. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

function textOfFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** From dist/src/cli, where this file runs. */
function ownVersion(): string {
  const description = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(description) as { readonly version: string }).version;
}
