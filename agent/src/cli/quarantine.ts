import { userInfo } from "node:os";
import { QianzhiError } from "@qianzhi/sdk";
import type { Item, JsonRecord } from "@qianzhi/sdk";
import type { QuarantineEntry } from "@qianzhi/exchange";
import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { namedPipelines } from "./named-pipelines.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { masked } from "./preview.ts";
import { reasonLine, reasonsIn } from "./reasons.ts";
import { wholeNumber } from "./whole-number.ts";

/** `qianzhi quarantine list [PIPELINE]`, `qianzhi quarantine show ID` */
export function quarantineCommand(program: Command, cli: Cli): void {
  const group = program.command("quarantine").description(cli.text("quarantine"));
  group
    .command("list")
    .description(cli.text("quarantine.list"))
    .argument("[pipeline]", cli.text("pipeline"))
    .option("--limit <count>", cli.text("quarantine.limit"), wholeNumber(cli, 1, 100_000), 50)
    .action(cli.action(list));
  group
    .command("show")
    .description(cli.text("quarantine.show"))
    .argument("<id>", cli.text("quarantine.id"), wholeNumber(cli, 1, Number.MAX_SAFE_INTEGER))
    .option("--values", cli.text("quarantine.values"))
    .action(cli.action(show));
}

const list = (
  invocation: Invocation,
  { limit }: { readonly limit: number },
  name?: string,
): Promise<ExitCode> =>
  withSiteToLookAt(invocation, async (site): Promise<ExitCode> => {
    const { say, text } = invocation;
    const names = namedPipelines(site, name === undefined ? [] : [name], invocation).map(
      ({ config }) => config.name,
    );
    const total = names.reduce((sum, each) => sum + site.outbox.quarantine.count(each), 0);
    const entries = site.outbox.quarantine.list({
      limit,
      ...(name === undefined ? {} : { pipeline: name }),
    });
    if (entries.length === 0) say(text("quarantine.empty"));
    const itemsOf = ({ pipeline }: Pick<QuarantineEntry, "pipeline">) =>
      site.runners.get(pipeline)?.config.resource.items ?? [];
    for (const entry of entries) say(line(invocation, entry, itemsOf(entry)));
    if (total > entries.length) say(text("quarantine.more", { count: total - entries.length }));
    invocation.answer({
      ok: true,
      total,
      entries: entries.map(({ keyHash: _, ...entry }) => ({
        ...entry,
        reasons: reasonsIn(invocation.language, entry.reasons, itemsOf(entry)),
        openedAt: iso(entry.openedAt),
      })),
    });
    return 0;
  });

const iso = (at: number): string => new Date(at).toISOString();

const line = (
  { text, language }: Invocation,
  { id, pipeline, openedAt, reasons }: QuarantineEntry,
  items: readonly Item[],
): string =>
  text("quarantine.line", {
    id,
    pipeline,
    since: iso(openedAt),
    reasons: reasonLine(language, reasons, items),
  });

const show = (
  invocation: Invocation,
  { values = false }: { readonly values?: boolean },
  id: number,
): Promise<ExitCode> =>
  withSiteToLookAt(invocation, async (site): Promise<ExitCode> => {
    const entry = site.outbox.quarantine.show(id, userInfo().username);
    if (entry === undefined)
      throw new QianzhiError("QZ_USAGE", {
        problem: invocation.text("quarantine.unknown", { id }),
      });
    const items = site.runners.get(entry.pipeline)?.config.resource.items ?? [];
    const record = recordIn(entry.recordText, items, values);
    invocation.say(line(invocation, entry, items));
    invocation.say(JSON.stringify(record, undefined, 2));
    const { keyHash: _hash, keyText: _key, recordText: _record, ...rest } = entry;
    const reasons = reasonsIn(invocation.language, entry.reasons, items);
    invocation.answer({ ok: true, ...rest, reasons, openedAt: iso(entry.openedAt), record });
    return 0;
  });

/** A row refused here is kept as `{key, record}`; a record refused by the platform as its canonical text. */
function recordIn(text: string | undefined, items: readonly Item[], values: boolean): JsonRecord {
  const kept = JSON.parse(text ?? "{}") as JsonRecord;
  const record = (
    typeof kept["record"] === "object" && kept["record"] !== null ? kept["record"] : kept
  ) as JsonRecord;
  return values ? record : masked(record, items);
}
