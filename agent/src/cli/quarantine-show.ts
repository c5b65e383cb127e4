import { userInfo } from "node:os";
import { QianzhiError } from "@qianzhi/sdk";
import type { Item, JsonRecord } from "@qianzhi/sdk";
import type { ExitCode, Invocation } from "./invocation.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { masked } from "./preview.ts";
import { entryLine, iso } from "./quarantine-list.ts";
import { reasonsIn } from "./reasons.ts";

/** `qianzhi quarantine show ID` */
export const showQuarantined = (
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
    invocation.say(entryLine(invocation, site, entry));
    invocation.say(JSON.stringify(record, undefined, 2));
    const { keyHash: _hash, keyText: _key, recordText: _record, ...rest } = entry;
    const reasons = reasonsIn(invocation.language, entry.reasons, items);
    invocation.answer({ ok: true, ...rest, reasons, openedAt: iso(entry.openedAt), record });
    return 0;
  });

/** A row refused here is kept as `{key, record}`; a record refused by the platform as its canonical text. */
export function recordIn(
  text: string | undefined,
  items: readonly Item[],
  values: boolean,
): JsonRecord {
  const kept = JSON.parse(text ?? "{}") as JsonRecord;
  const record = (
    typeof kept["record"] === "object" && kept["record"] !== null ? kept["record"] : kept
  ) as JsonRecord;
  return values ? record : masked(record, items);
}
