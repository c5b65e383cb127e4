import type { ItemShares, Outbox } from "@qianzhi/exchange";
import type { SiteConfig } from "../config/site-config.ts";
import { writeWithholding } from "../state/withholdings.ts";
import type { PipelineRunner } from "./pipeline-runner.ts";

/**
 * Notes the descriptors in force. Where items are shared no more, all records are sent again without them; a
 * reconciliation is owed, which withdraws those that cannot be sent again and would stay as they were.
 */
export function declareShares(
  { resources }: SiteConfig,
  { outbox, items }: { readonly outbox: Outbox; readonly items: ItemShares },
  runners: Iterable<PipelineRunner>,
): void {
  const { store } = outbox;
  const all = [...runners];
  for (const resource of resources.values())
    store.transaction(() => {
      const narrowed = items.declare(resource);
      if (narrowed.length === 0) return;
      for (const { config, stream } of all) {
        // What is replaced as a whole keeps nothing of before.
        const isReplaced = config.mode === "replace";
        if (isReplaced || config.resource.identifier !== resource.identifier) continue;
        writeWithholding(store, config.name, { narrowed });
        outbox.setOwed(stream, "items are shared no more");
      }
    });
}
