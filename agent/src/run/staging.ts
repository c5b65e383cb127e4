import { openDatabase, type OpenDatabase, type Outbox } from "@qianzhi/exchange";
import type { Staging } from "../pipeline/stage-listing.ts";
import { openStagedRows, type StagedRows } from "../pipeline/staged-rows.ts";

/** The place for the staged copies of one run. A copy and what waits to be delivered share the outbox's limit. */
export function openStaging(outbox: Outbox, open: OpenDatabase = openDatabase): Staging {
  const { directory, limits, world, files } = outbox.store;
  let copy: StagedRows | undefined;
  return {
    async begin() {
      await copy?.close();
      copy = await openStagedRows({
        directory,
        files,
        openDatabase: open,
        random: world.random,
        maxBytes: Math.max(0, limits.maxBytes - outbox.waiting().bytes),
      });
      return copy;
    },
    [Symbol.asyncDispose]: async () => copy?.close(),
  };
}
