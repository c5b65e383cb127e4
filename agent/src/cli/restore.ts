import { resolve } from "node:path";
import { restoreBackup } from "@qianzhi/exchange";
import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import type { Invocation } from "./invocation.ts";
import { withSite } from "./open-configured-site.ts";

/**
 * `qianzhi restore FOLDER`: puts a backup in the place of the data directory. What the agent has sent since then is found by
 * it when it starts: it opens a new epoch and reconciles.
 */
export function restoreCommand(program: Command, cli: Cli): void {
  program
    .command("restore")
    .description(cli.text("restore"))
    .argument("<folder>", cli.text("restore.folder"))
    .action(
      cli.action(async (invocation: Invocation, _: unknown, name: string) => {
        const folder = resolve(invocation.directory, name);
        const { dataDirectory } = await invocation.loadConfig();
        const { at } = await restoreBackup(folder, dataDirectory, invocation.world.clock);
        await withSite(invocation, { lock: true }, async ({ outbox }) =>
          outbox.ledger.append("restore", { folder, at }),
        );
        invocation.say(invocation.text("restore.done", { at }));
        invocation.answer({ ok: true, folder, at });
        return 0;
      }),
    );
}
