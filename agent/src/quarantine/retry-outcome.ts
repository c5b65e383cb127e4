import type { Quarantine } from "@qianzhi/exchange";
import { entryPages } from "./entry-pages.ts";
import type { Asked } from "./nominate-quarantined.ts";

/** What became of the entries that were looked at again. read = sent + gone + refused. */
export interface RetryOutcome {
  readonly read: number;
  /** Taken by the platform; in mode replace also what is gone. */
  readonly sent: number;
  /** There is no row any more, or none that is shared. */
  readonly gone: number;
  /** Still in quarantine, some perhaps for other reasons. */
  readonly refused: number;
}

/** To be asked when everything has been read, delivered and answered. */
export function retryOutcome(
  quarantine: Quarantine,
  pipeline: string,
  { entries, lastEntry }: Asked,
): RetryOutcome {
  const [first = 1] = entries;
  const [closed, gone] = [new Set<number>(), new Set<number>()];
  for (const page of entryPages(quarantine, { pipeline, state: "closed", after: first - 1 }))
    for (const { id, closedBy } of page)
      if (entries.has(id)) (closedBy === "gone" ? gone : closed).add(id);
  // What fits here may not fit there: such a record has a new entry instead.
  let refusedThere = 0;
  for (const page of entryPages(quarantine, { pipeline, after: lastEntry }))
    refusedThere += page.filter(({ origin }) => origin === "platform").length;
  const again = Math.min(refusedThere, closed.size);
  const sent = closed.size - again;
  return { read: entries.size, sent, gone: gone.size, refused: entries.size - sent - gone.size };
}
