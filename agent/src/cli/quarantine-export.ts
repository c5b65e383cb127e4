import { open } from "node:fs/promises";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import { QianzhiError } from "@qianzhi/sdk";
import type { QuarantineEntry } from "@qianzhi/exchange";
import { entryPages } from "../quarantine/entry-pages.ts";
import type { Site } from "../run/site.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { filterOf, type FilterOptions } from "./quarantine-filter.ts";
import { iso } from "./quarantine-list.ts";
import { recordIn } from "./quarantine-show.ts";
import { reasonsIn } from "./reasons.ts";

/** Whoever makes the file may read it, nobody else. */
const PRIVATE = 0o600;

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
    const path = resolve(invocation.directory, name);
    const file = await open(path, "wx", PRIVATE).catch((cause: NodeJS.ErrnoException) => {
      throw unwritable(invocation, name, cause);
    });
    let count = 0;
    try {
      // Before the first value leaves: a look that is broken off was a look.
      site.store.transaction(() =>
        ledger.append("quarantine-exported", {
          ...filter,
          entries: quarantine.total(filter),
          values,
          by: userInfo().username,
        }),
      );
      for (const page of entryPages(quarantine, filter)) {
        const lines = page.map((entry) =>
          JSON.stringify(documentOf(invocation, site, entry, values)),
        );
        await file.write(`${lines.join("\n")}\n`);
        count += page.length;
      }
    } catch (error) {
      throw QianzhiError.is(error) ? error : unwritable(invocation, name, error as Error);
    } finally {
      await file.close();
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

const unwritable = (
  { text }: Invocation,
  file: string,
  { code, message }: NodeJS.ErrnoException,
): QianzhiError =>
  new QianzhiError("QZ_USAGE", {
    problem:
      code === "EEXIST"
        ? text("quarantine.exists", { file })
        : text("quarantine.unwritable", { file, problem: code ?? message }),
  });
