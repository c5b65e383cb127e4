import type { Store } from "../store/store.ts";
import type { QuarantinedContent } from "./entry.ts";
import type { ContentSeal } from "./seal-content.ts";

export interface OpenKey {
  readonly id: number;
  readonly ordinal: number;
}

/**
 * The keys of a pipeline's open entries, in memory, so that a receipt for thousands of accepted records is compared with
 * them at the price of a map look-up each. A count in the file, raised with every change, tells when another process (or
 * a rolled-back transaction) has made the copy stale. Bounded by the limit of open entries.
 */
export interface OpenKeys {
  of(pipeline: string): ReadonlyMap<string, OpenKey>;
  /** Notes a change that the caller has just written in the same transaction. */
  changed(pipeline: string, change: (keys: Map<string, OpenKey>) => void): void;
}

interface Copy {
  count: number;
  readonly rollbacks: number;
  readonly keys: Map<string, OpenKey>;
}

interface Row {
  readonly id: number;
  readonly ordinal: number;
  readonly content: Uint8Array;
}

export function createOpenKeys(store: Store, seal: ContentSeal): OpenKeys {
  const { database } = store;
  const copies = new Map<string, Copy>();
  const selectCount = database.prepare<{ count: number }>(
    "SELECT count FROM quarantine_change WHERE pipeline = ?",
  );
  const raise = database.prepare(
    "INSERT INTO quarantine_change VALUES (?, 1) ON CONFLICT (pipeline) DO UPDATE SET count = count + 1",
  );
  const selectOpen = database.prepare<Row>(
    "SELECT id, ordinal, content FROM quarantine WHERE pipeline = ? AND closed_at IS NULL",
  );

  const current = (pipeline: string): Copy => {
    const count = selectCount.get(pipeline)?.count ?? 0;
    const copy = copies.get(pipeline);
    if (copy !== undefined && copy.count === count && copy.rollbacks === store.rollbacks)
      return copy;
    const keys = new Map<string, OpenKey>();
    for (const { id, ordinal, content } of selectOpen.iterate(pipeline)) {
      const { keyText } = JSON.parse(seal.decrypt(content)) as QuarantinedContent;
      // Entries without a key count towards the limit too, under a name that no key text has.
      keys.set(keyText ?? `#${id}`, { id, ordinal });
    }
    const fresh = { count, rollbacks: store.rollbacks, keys };
    copies.set(pipeline, fresh);
    return fresh;
  };

  return {
    of: (pipeline) => current(pipeline).keys,
    changed(pipeline, change) {
      const copy = copies.get(pipeline);
      raise.run(pipeline);
      if (copy === undefined) return;
      copy.count += 1;
      change(copy.keys);
    },
  };
}
