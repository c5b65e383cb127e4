import { Command, Option, type CommanderError } from "commander";
import { nearest } from "@qianzhi/sdk";
import { adapterCommand } from "./adapter.ts";
import { approveCommand } from "./approve.ts";
import { backupCommand } from "./backup.ts";
import { checkCommand } from "./check.ts";
import type { Cli } from "./cli.ts";
import { compareCommand } from "./compare.ts";
import { initCommand } from "./init.ts";
import { ledgerCommand } from "./ledger.ts";
import { pauseCommand } from "./pause.ts";
import { platformCommand } from "./platform.ts";
import { previewCommand } from "./preview.ts";
import { publishCommand } from "./publish.ts";
import { quarantineCommand } from "./quarantine.ts";
import { reconcileCommand } from "./reconcile.ts";
import { restoreCommand } from "./restore.ts";
import { resumeCommand } from "./resume.ts";
import { resyncCommand } from "./resync.ts";
import { runCommand } from "./run.ts";
import { sandboxCommand } from "./sandbox.ts";
import { statusCommand } from "./status.ts";
import { targetCommand } from "./target.ts";
import { isTextKey } from "./texts.ts";

/** The command line, one command a file. */
export function createProgram(cli: Cli, version: string, print: (text: string) => void): Command {
  const program = new Command("qianzhi")
    .description(cli.text("program"))
    .version(version, "-V, --version", cli.text("option.version"))
    .option("-c, --config <file>", cli.text("option.config"), "qianzhi.yaml")
    .option("--json", cli.text("option.json"))
    .addOption(new Option("--lang <lang>", cli.text("option.lang")).choices(["zh", "en"]))
    .option("-v, --verbose", cli.text("option.verbose"))
    .option("--log-file <file>", cli.text("option.logFile"))
    .helpOption("-h, --help", cli.text("option.help"))
    .helpCommand(false)
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => titleOf(title, cli),
      optionDescription: (option) => describeOption(option, cli),
    })
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .exitOverride();
  for (const command of [
    initCommand,
    checkCommand,
    previewCommand,
    runCommand,
    statusCommand,
    pauseCommand,
    resumeCommand,
    resyncCommand,
    approveCommand,
    compareCommand,
    reconcileCommand,
    quarantineCommand,
    ledgerCommand,
    publishCommand,
    platformCommand,
    backupCommand,
    restoreCommand,
    targetCommand,
    adapterCommand,
    sandboxCommand,
  ])
    command(program, cli);
  // Groups have a help command of their own otherwise, in English.
  for (const command of program.commands) command.helpCommand(false);
  return program;
}

function describeOption(
  { description, argChoices, defaultValue, required, optional }: Option,
  cli: Cli,
): string {
  const notes = [
    ...(argChoices === undefined ? [] : [cli.text("help.choices", { choices: argChoices })]),
    ...(defaultValue === undefined || !(required || optional)
      ? []
      : [cli.text("help.default", { value: String(defaultValue) })]),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

function titleOf(title: string, cli: Cli): string {
  const key = `help.${title}`;
  return isTextKey(key) ? cli.text(key) : title;
}

/** What a mistake on the command line was, in words; undefined when help or version was asked for. */
export function usageProblem(
  error: CommanderError,
  program: Command,
  cli: Cli,
): string | undefined {
  if (error.exitCode === 0) return undefined;
  const name =
    (/argument '([^']*)' is invalid/.exec(error.message) ?? /'([^']*)'/.exec(error.message))?.[1] ??
    "";
  const kind = `usage.${error.code.replace("commander.", "")}`;
  // Commander shows the help when a command is missing or only a group is named.
  if (error.code === "commander.help")
    return cli.text("usage.missingArgument", { name: "COMMAND" });
  const problem = isTextKey(kind)
    ? cli.text(kind, { name })
    : cli.text("usage.other", { name: error.message.replace(/^error: /, "") });
  const meant =
    kind === "usage.unknownCommand"
      ? nearest(
          name,
          program.commands.map((each) => each.name()),
        )
      : undefined;
  return meant === undefined ? problem : cli.text("usage.meant", { problem, meant });
}
