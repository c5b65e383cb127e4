import type { Language, World } from "@qianzhi/sdk";
import type { SiteConfig } from "../config/site-config.ts";
import type { TextKey } from "./texts.ts";

/** What a command works with: where to read its configuration, and where its answer goes. */
export interface Invocation {
  readonly language: Language;
  /** The answer is one JSON document on standard output. */
  readonly json: boolean;
  /** Whether a person watches standard error, so that progress may be shown there. */
  readonly terminal: boolean;
  /** The directory in which the command was given. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the configuration file, which need not be there. */
  readonly configFile: string;
  readonly world: World;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** A text of the CLI in the language. */
  text(key: TextKey, details?: Readonly<Record<string, unknown>>): string;
  /** A line for people on standard output; nothing with --json. */
  say(line: string): void;
  /** Raw text on standard error, for progress that a person watches. */
  notice(text: string): void;
  /** The JSON document of the answer; nothing without --json. */
  answer(document: unknown): void;
  /** Throws QZ_CONFIG_NOT_FOUND or QZ_CONFIG_INVALID; warnings go to the log. */
  loadConfig(): Promise<SiteConfig>;
}

/** 0 done, 1 problems were found, 2 wrongly used. */
export type ExitCode = 0 | 1 | 2;
