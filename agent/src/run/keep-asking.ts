import type { ResourceDescriptor } from "@qianzhi/sdk";
import type { Site } from "./site.ts";

/** A change at the catalog is noticed within a minute; with many resources later, since they are asked for one by one. */
const ASK_EVERY_MS = 60_000;
const LEAST_DISTANCE_MS = 2_000;

/** Asks for the resources in turn until the signal aborts. */
export async function keepAsking(
  { published, delivery, store }: Pick<Site, "published" | "delivery" | "store">,
  resources: readonly ResourceDescriptor[],
  signal: AbortSignal,
): Promise<void> {
  const distanceMs = Math.max(LEAST_DISTANCE_MS, ASK_EVERY_MS / Math.max(resources.length, 1));
  for (let turn = 0; !signal.aborted; turn += 1) {
    const resource = resources[turn % resources.length];
    if (resource !== undefined && delivery.state().capabilities?.catalog !== false)
      await published.ask(resource, signal);
    await store.world.timers.sleep(distanceMs, signal);
  }
}
