import type { Command } from "commander";
import { initAdapter } from "./adapter-init.ts";
import { verifyAdapter } from "./adapter-verify.ts";
import type { Cli } from "./cli.ts";

/** `qianzhi adapter init DIR` and `qianzhi adapter verify PATH` */
export function adapterCommand(program: Command, cli: Cli): void {
  const group = program.command("adapter").description(cli.text("adapter"));
  group
    .command("init")
    .description(cli.text("adapter.init"))
    .argument("<directory>", cli.text("init.directory"))
    .action(cli.action(initAdapter));
  group
    .command("verify")
    .description(cli.text("adapter.verify"))
    .argument("<adapter>", cli.text("adapter.verify.adapter"))
    .option("--source <name>", cli.text("adapter.verify.source"))
    .option("--table <table>", cli.text("adapter.verify.table"))
    .action(cli.action(verifyAdapter));
}
