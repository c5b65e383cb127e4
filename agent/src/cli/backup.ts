import { resolve } from "node:path";
import { backUp } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { withSite } from "./open-configured-site.ts";

/** `qianzhi backup FOLDER`: copies the data directory as it is at one moment; the agent runs on. */
export function backupCommand(program: Command, cli: Cli): void {
  program
    .command("backup")
    .description(cli.text("backup"))
    .argument("<folder>", cli.text("backup.folder"))
    .action(
      cli.action((invocation: Invocation, _: unknown, name: string) =>
        withSite(invocation, { lock: false }, async ({ outbox }): Promise<ExitCode> => {
          const folder = resolve(invocation.directory, name);
          const { at } = await backUp(outbox, folder).catch((error: unknown) => {
            throw isThere(error)
              ? new QianzhiError("QZ_USAGE", {
                  problem: invocation.text("backup.exists", { name }),
                })
              : error;
          });
          invocation.say(invocation.text("backup.done", { folder: name }));
          invocation.say(invocation.text("backup.secret"));
          invocation.answer({ ok: true, folder, at });
          return 0;
        }),
      ),
    );
}

const isThere = (error: unknown): boolean =>
  QianzhiError.is(error) && (error.cause as NodeJS.ErrnoException | undefined)?.code === "EEXIST";
