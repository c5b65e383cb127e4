import type { PipelineRunner } from "./pipeline-runner.ts";
import type { Site } from "./site.ts";

/** How soon a share that has ended is noticed beside the polls, and how often it is looked whether it is withdrawn still. */
const LOOK_MS = 60_000;

/**
 * Has withdrawn what may not be shared any more, until the signal aborts: also of pipelines that are paused, that run
 * once a day, or whose source may not be read now, since nothing is read for it.
 */
export async function keepWithdrawn(
  { store }: Pick<Site, "store">,
  runners: readonly Pick<PipelineRunner, "denied" | "withdraw">[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await store.world.timers.sleep(LOOK_MS, signal);
    for (const runner of runners) {
      if (signal.aborted) return;
      if (runner.denied() !== undefined) await runner.withdraw(signal);
    }
    if (signal.aborted) return;
  }
}
