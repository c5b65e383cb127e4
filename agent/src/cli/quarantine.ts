import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import { exportQuarantine } from "./quarantine-export.ts";
import { listQuarantine } from "./quarantine-list.ts";
import { retryQuarantine } from "./quarantine-retry.ts";
import { showQuarantined } from "./quarantine-show.ts";
import { wholeNumber } from "./whole-number.ts";

/** `qianzhi quarantine list|show|retry|export` */
export function quarantineCommand(program: Command, cli: Cli): void {
  const group = program.command("quarantine").description(cli.text("quarantine"));
  const matching = (name: "list" | "retry" | "export"): Command =>
    group
      .command(name)
      .description(cli.text(`quarantine.${name}`))
      .option("--pipeline <name>", cli.text("quarantine.pipeline"))
      .option("--reason <code>", cli.text("quarantine.reason"))
      .option("--item <item>", cli.text("quarantine.item"));
  matching("list")
    .argument("[pipeline]", cli.text("pipeline"))
    .option("--limit <count>", cli.text("quarantine.limit"), wholeNumber(cli, 1, 100_000), 50)
    .option("--history", cli.text("quarantine.history"))
    .action(cli.action(listQuarantine));
  group
    .command("show")
    .description(cli.text("quarantine.show"))
    .argument("<id>", cli.text("quarantine.id"), wholeNumber(cli, 1, Number.MAX_SAFE_INTEGER))
    .option("--values", cli.text("quarantine.values"))
    .action(cli.action(showQuarantined));
  matching("retry")
    .argument("[pipeline]", cli.text("pipeline"))
    .action(cli.action(retryQuarantine));
  matching("export")
    .argument("<file>", cli.text("quarantine.export.file"))
    .option("--values", cli.text("quarantine.values"))
    .action(cli.action(exportQuarantine));
}
