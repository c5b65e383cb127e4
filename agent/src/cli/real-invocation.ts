import { resolve } from "node:path";
import type { Language, World } from "@qianzhi/sdk";
import { findAdapter } from "../adapters/find-adapter.ts";
import { findTarget } from "../adapters/find-target.ts";
import { diskFiles } from "../config/config-files.ts";
import { loadSiteConfig } from "../config/load-site-config.ts";
import type { GlobalOptions } from "./cli.ts";
import type { Invocation } from "./invocation.ts";
import { problemText } from "./print-error.ts";
import { textOf } from "./texts.ts";

/** An invocation in this process: its directory, environment, standard streams and disk. */
export function realInvocation(
  options: GlobalOptions,
  language: Language,
  world: World,
  signal: AbortSignal,
): Invocation {
  const directory = process.cwd();
  const configFile = resolve(directory, options.config);
  const json = options.json === true;
  return {
    language,
    json,
    terminal: process.stderr.isTTY,
    directory,
    configFile,
    environment: process.env,
    world,
    signal,
    text: (key, details) => textOf(language, key, details),
    say(line) {
      if (!json) process.stdout.write(`${line}\n`);
    },
    notice: (text) => void process.stderr.write(text),
    answer(document) {
      if (json) process.stdout.write(`${JSON.stringify(document)}\n`);
    },
    async loadConfig() {
      const config = await loadSiteConfig({
        file: configFile,
        environment: process.env,
        files: diskFiles,
        now: world.clock.now(),
        resolveAdapter: findAdapter,
        resolveTarget: findTarget,
      });
      for (const warning of config.warnings)
        world.log.warn("configuration", { problem: problemText(warning, language, directory) });
      return config;
    },
  };
}
