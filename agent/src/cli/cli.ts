import type { Command } from "commander";
import type { Language } from "@qianzhi/sdk";
import type { ExitCode, Invocation } from "./invocation.ts";
import { textOf, type TextKey } from "./texts.ts";

/** The values of the options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly config: string;
  readonly verbose?: boolean;
}

/** What a command does once its words and options are parsed. */
export type Work<Options, Words extends readonly unknown[]> = (
  invocation: Invocation,
  options: Options,
  ...words: Words
) => Promise<ExitCode>;

/** What the commands are made with. */
export interface Cli {
  text(key: TextKey, details?: Readonly<Record<string, unknown>>): string;
  /** Turns a command's work into commander's action. */
  action<Options, Words extends readonly unknown[]>(
    work: Work<Options, Words>,
  ): (...parsed: unknown[]) => Promise<void>;
}

/**
 * @param invoke Makes the invocation from the global options.
 * @param finish Takes the exit code of the command that ran.
 */
export function createCli(
  language: Language,
  invoke: (options: GlobalOptions) => Invocation,
  finish: (code: ExitCode) => void,
): Cli {
  return {
    text: (key, details) => textOf(language, key, details),
    action:
      <Options, Words extends readonly unknown[]>(work: Work<Options, Words>) =>
      async (...parsed) => {
        // Commander hands over the arguments, then the command's own options, then the command.
        const command = parsed.at(-1) as Command;
        const words = parsed.slice(0, -2) as unknown as Words;
        finish(
          await work(
            invoke(command.optsWithGlobals<GlobalOptions>()),
            parsed.at(-2) as Options,
            ...words,
          ),
        );
      },
  };
}
