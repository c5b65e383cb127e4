import type { Quarantine, QuarantineEntry, QuarantineFilter } from "@qianzhi/exchange";

/** Entries that are in memory together. */
const PAGE_ENTRIES = 500;

/** All entries that match, page by page; what is opened or closed meanwhile may be among them or not. */
export function* entryPages(
  quarantine: Quarantine,
  filter: Omit<QuarantineFilter, "limit">,
): Generator<readonly QuarantineEntry[], void> {
  for (let after = filter.after ?? 0; ;) {
    const page = quarantine.list({ ...filter, after, limit: PAGE_ENTRIES });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.id;
  }
}
