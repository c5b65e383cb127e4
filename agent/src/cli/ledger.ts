import type { LedgerEntry } from "@qianzhi/exchange";
import type { Command } from "commander";
import { siteTime } from "../scheduler/site-time.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { exportLedger } from "./ledger-export.ts";
import { verifyLedger } from "./ledger-verify.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { iso } from "./quarantine-list.ts";
import { wholeNumber } from "./whole-number.ts";

/** `qianzhi ledger list|verify|export` */
export function ledgerCommand(program: Command, cli: Cli): void {
  const group = program.command("ledger").description(cli.text("ledger"));
  group
    .command("list")
    .description(cli.text("ledger.list"))
    .option("--kind <kind>", cli.text("ledger.list.kind"))
    .option("--limit <count>", cli.text("ledger.list.limit"), wholeNumber(cli, 1, 100_000), 50)
    .action(cli.action(listLedger));
  group
    .command("verify")
    .description(cli.text("ledger.verify"))
    .argument("[file]", cli.text("ledger.verify.file"))
    .action(cli.action(verifyLedger));
  group
    .command("export")
    .description(cli.text("ledger.export"))
    .argument("<file>", cli.text("ledger.export.file"))
    .option(
      "--after <number>",
      cli.text("ledger.export.after"),
      wholeNumber(cli, 0, Number.MAX_SAFE_INTEGER),
      0,
    )
    .action(cli.action(exportLedger));
}

/** `qianzhi ledger list` */
const listLedger = (
  invocation: Invocation,
  { limit, kind }: { readonly limit: number; readonly kind?: string },
): Promise<ExitCode> =>
  withSiteToLookAt(invocation, async ({ outbox, config }): Promise<ExitCode> => {
    const { say, text, answer } = invocation;
    const time = siteTime(config.timeZone);
    const entries = outbox.ledger.latest({ limit, ...(kind === undefined ? {} : { kind }) });
    if (entries.length === 0) say(text("ledger.empty"));
    for (const entry of entries)
      say(text("ledger.line", { ...shown(entry), at: time(iso(entry.at)) }));
    answer({ ok: true, entries: entries.map((entry) => ({ ...entry, at: iso(entry.at) })) });
    return 0;
  });

const shown = ({ seq, kind, detail }: LedgerEntry) => ({
  seq,
  kind,
  detail: Object.entries(detail)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" "),
});
