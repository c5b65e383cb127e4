import type { PipelineRunner } from "./pipeline-runner.ts";
import type { Site } from "./site.ts";

/** A run by hand need not wait long for a platform that is away: what was heard before holds. */
const CATALOG_PATIENCE_MS = 3_000;

/** Asks once what the catalog has of the resources of some pipelines. */
export async function askCatalog(
  { published, store }: Site,
  runners: readonly PipelineRunner[],
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const patience = AbortSignal.any([signal, over.signal]);
  void store.world.timers.sleep(CATALOG_PATIENCE_MS, patience).then(() => over.abort());
  const resources = new Set(runners.map(({ config }) => config.resource));
  await Promise.all([...resources].map((resource) => published.ask(resource, patience)));
  over.abort();
}
