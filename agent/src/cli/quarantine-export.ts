import { userInfo } from "node:os";
import type { QuarantineEntry } from "@qianzhi/exchange";
import { entryPages } from "../quarantine/entry-pages.ts";
import type { Site } from "../run/site.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { exportLines } from "./export-lines.ts";
import { filterOf, type FilterOptions } from "./quarantine-filter.ts";
import { iso } from "./quarantine-list.ts";
import { recordIn } from "./quarantine-show.ts";
import { reasonsIn } from "./reasons.ts";

/** `qianzhi quarantine export FILE` */
export const exportQuarantine = (
  invocation: Invocation,
  { values = false, ...options }: FilterOptions & { readonly values?: boolean },
  name: string,
): Promise<ExitCode> =>
  withSiteToLookAt(invocation, async (site): Promise<ExitCode> => {
    const { say, text, answer } = invocation;
    const { quarantine, ledger } = site.outbox;
    const filter = filterOf(invocation, site, options);
    const count = await exportLines(invocation, name, lines());

    /** The look stands in the ledger before the first value leaves: one that is broken off was a look. */
    function* lines(): Generator<readonly string[]> {
      site.store.transaction(() =>
        ledger.append("quarantine-exported", {
          ...filter,
          entries: quarantine.total(filter),
          values,
          by: userInfo().username,
        }),
      );
      for (const page of entryPages(quarantine, filter))
        yield page.map((entry) => JSON.stringify(documentOf(invocation, site, entry, values)));
    }

    say(text("quarantine.exported", { count, file: name }));
    if (!values) say(text("quarantine.masked"));
    answer({ ok: true, file: name, count, values });
    return 0;
  });

function documentOf(
  { language }: Invocation,
  { outbox, runners }: Site,
  { keyHash: _, ...entry }: QuarantineEntry,
  values: boolean,
) {
  const items = runners.get(entry.pipeline)?.config.resource.items ?? [];
  return {
    ...entry,
    openedAt: iso(entry.openedAt),
    reasons: reasonsIn(language, entry.reasons, items),
    record: recordIn(outbox.quarantine.content(entry.id)?.recordText, items, values),
  };
}
