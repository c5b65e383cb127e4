import { maskValue, sensitivityOf } from "@qianzhi/sdk";
import type { Item, JsonRecord } from "@qianzhi/sdk";
import type { Command } from "commander";
import { previewPipeline, type PreviewedRow } from "../check/preview-pipeline.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { namedPipelines } from "./named-pipelines.ts";
import { reasonLine, reasonsIn } from "./reasons.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { wholeNumber } from "./whole-number.ts";

/** `qianzhi preview PIPELINE` */
export function previewCommand(program: Command, cli: Cli): void {
  program
    .command("preview")
    .description(cli.text("preview"))
    .argument("<pipeline>", cli.text("pipeline"))
    .option("--rows <count>", cli.text("preview.rows"), wholeNumber(cli, 1, 1000), 10)
    .action(
      cli.action(
        (invocation: Invocation, { rows: count }: { readonly rows: number }, name: string) =>
          withSiteToLookAt(invocation, async (site): Promise<ExitCode> => {
            const [runner] = namedPipelines(site, [name], invocation);
            const rows =
              (await runner?.look((run) => previewPipeline(run, count), invocation.signal)) ?? [];
            const items = runner?.config.resource.items ?? [];
            for (const row of rows) sayRow(invocation, row, items);
            invocation.say(invocation.text(rows.length === 0 ? "preview.none" : "preview.masked"));
            invocation.answer({
              ok: true,
              pipeline: name,
              rows: rows.map(({ record, deleted, reasons }) => ({
                record: masked(record, items),
                deleted,
                reasons: reasonsIn(invocation.language, reasons, items),
              })),
            });
            return 0;
          }),
      ),
    );
}

/** A long text is shown from its beginning: a preview is to be read. */
const SHOWN_CHARACTERS = 200;

/** Preview is for checking a mapping: what is not sensitive is shown as it will leave, sensitive values are not needed for that. */
export const masked = (record: JsonRecord, items: readonly Item[]): JsonRecord =>
  Object.fromEntries(
    Object.entries(record).flatMap(([identifier, value]) => {
      if (value === undefined) return [];
      const item = items.find((each) => each.identifier === identifier);
      if (item === undefined) return [[identifier, "***"]];
      return [
        [identifier, sensitivityOf(item) === "low" ? beginning(value) : maskValue(item, value)],
      ];
    }),
  );

function beginning(value: JsonRecord[string]): JsonRecord[string] {
  if (typeof value !== "string" || value.length <= SHOWN_CHARACTERS) return value;
  const characters = [...value];
  return characters.length <= SHOWN_CHARACTERS
    ? value
    : `${characters.slice(0, SHOWN_CHARACTERS).join("")}…`;
}

/** What a terminal would obey, or what cannot be seen, in the escapes of JSON. */
const legible = (json: string): string =>
  json.replace(/\p{C}/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );

function sayRow(
  { say, text, language }: Invocation,
  { record, deleted, reasons }: PreviewedRow,
  items: readonly Item[],
): void {
  say(legible(JSON.stringify(masked(record, items))));
  if (deleted) say(text("preview.deleted"));
  else if (reasons.length > 0)
    say(text("preview.refused", { reasons: reasonLine(language, reasons, items) }));
}
