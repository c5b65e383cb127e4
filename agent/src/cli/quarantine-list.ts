import type { QuarantineEntry, QuarantineFilter, ReasonCount } from "@qianzhi/exchange";
import type { Item } from "@qianzhi/sdk";
import type { Site } from "../run/site.ts";
import { siteTime } from "../scheduler/site-time.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { filterOf, type FilterOptions } from "./quarantine-filter.ts";
import { reasonLine, reasonsIn } from "./reasons.ts";

/** Reasons that are counted apart: those beyond are the rarest. */
const SHOWN_REASONS = 100;

interface ListOptions extends FilterOptions {
  readonly limit: number;
  readonly history?: boolean;
}

/** `qianzhi quarantine list [PIPELINE]` */
export const listQuarantine = (
  invocation: Invocation,
  { limit, history = false, ...options }: ListOptions,
  word?: string,
): Promise<ExitCode> =>
  withSiteToLookAt(invocation, async (site): Promise<ExitCode> => {
    const filter = filterOf(invocation, site, options, word);
    if (history) sayHistory(invocation, site, filter, limit);
    else sayEntries(invocation, site, filter, limit);
    return 0;
  });

function sayEntries(
  invocation: Invocation,
  site: Site,
  filter: QuarantineFilter,
  limit: number,
): void {
  const { say, text, language } = invocation;
  const { quarantine } = site.outbox;
  const total = quarantine.total(filter);
  const entries = quarantine.list({ ...filter, limit });
  if (total === 0)
    say(text(Object.keys(filter).length === 0 ? "quarantine.empty" : "quarantine.none"));
  const reasons = quarantine
    .reasons({ ...filter, limit: SHOWN_REASONS })
    .map((each) => ({ ...each, name: itemName(site, each) }));
  for (const { count, code, item, name, pipeline } of reasons) {
    const of = item === null ? text("quarantine.whole") : name === null ? item : `${name} ${item}`;
    say(text("quarantine.count", { count, code, item: of, pipeline }));
  }
  for (const entry of entries) say(entryLine(invocation, site, entry));
  if (total > entries.length) say(text("quarantine.more", { count: total - entries.length }));
  invocation.answer({
    ok: true,
    total,
    reasons,
    entries: entries.map(({ keyHash: _, ...entry }) => ({
      ...entry,
      reasons: reasonsIn(language, entry.reasons, itemsOf(site, entry)),
      openedAt: iso(entry.openedAt),
    })),
  });
}

function sayHistory(
  { say, text, answer }: Invocation,
  { outbox }: Site,
  { pipeline, reason }: QuarantineFilter,
  limit: number,
): void {
  const kept = outbox.quarantine.history.list({
    limit,
    ...(pipeline === undefined ? {} : { pipeline }),
  });
  const days = kept.filter(({ code }) => reason === undefined || code === reason);
  if (days.length === 0) say(text("quarantine.history.none"));
  for (const day of days) say(text("quarantine.history.line", { ...day }));
  answer({ ok: true, days });
}

const itemsOf = (
  { runners }: Site,
  { pipeline }: Pick<QuarantineEntry, "pipeline">,
): readonly Item[] => runners.get(pipeline)?.config.resource.items ?? [];

const itemName = (site: Site, { item, pipeline }: ReasonCount): string | null =>
  itemsOf(site, { pipeline }).find(({ identifier }) => identifier === item)?.name ?? null;

export const iso = (at: number): string => new Date(at).toISOString();

/** An entry as one line for people. */
export const entryLine = (
  { text, language }: Invocation,
  site: Site,
  { id, pipeline, openedAt, reasons }: QuarantineEntry,
): string =>
  text("quarantine.line", {
    id,
    pipeline,
    since: siteTime(site.config.timeZone)(iso(openedAt)),
    reasons: reasonLine(language, reasons, itemsOf(site, { pipeline })),
  });
