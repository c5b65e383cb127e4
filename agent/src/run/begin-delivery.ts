import type { PipelineRunner } from "./pipeline-runner.ts";
import type { Site } from "./site.ts";

/**
 * Starts delivery, which compares the positions of every stream that it knows: those of pipelines that have sealed nothing
 * yet among them, since the platform may hold what a data directory that was lost had sent.
 */
export function beginDelivery(
  { store, outbox, delivery }: Site,
  runners: Iterable<PipelineRunner>,
): void {
  store.transaction(() => {
    for (const { stream } of runners) outbox.head(stream);
  });
  delivery.start();
}
