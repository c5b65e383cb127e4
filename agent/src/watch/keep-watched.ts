import type { PipelineRunner } from "../run/pipeline-runner.ts";
import type { Site } from "../run/site.ts";
import { watchSite } from "./watch-site.ts";

const LOOK_EVERY_MS = 60_000;

/** Watches the pipelines of a running agent until the signal aborts. Whatever fails in it stops nothing else. */
export async function keepWatched(
  site: Site,
  runners: readonly PipelineRunner[],
  signal: AbortSignal,
): Promise<void> {
  const watch = watchSite(site, runners);
  while (!signal.aborted) {
    watch.look(true);
    await site.store.world.timers.sleep(LOOK_EVERY_MS, signal);
  }
}
