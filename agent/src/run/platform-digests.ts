import type { DigestReport } from "@qianzhi/sdk";
import type { Site } from "./site.ts";
import type { PipelineStatus } from "./status.ts";

/** A status must be had soon, also when the platform is not. */
const PATIENCE_MS = 3_000;

/** Adds what the platform holds of each pipeline, as its digest; null where it cannot be asked. */
export async function withPlatformDigests(
  { target, runners, store }: Site,
  pipelines: readonly PipelineStatus[],
  signal: AbortSignal,
): Promise<readonly (PipelineStatus & { readonly digest: DigestReport | null })[]> {
  const over = new AbortController();
  const patience = AbortSignal.any([signal, over.signal]);
  void store.world.timers.sleep(PATIENCE_MS, patience).then(() => over.abort());
  const digests = await Promise.all(
    pipelines.map(async ({ name }) => {
      const stream = runners.get(name)?.stream;
      if (stream === undefined || target.digest === undefined) return null;
      return target.digest(stream, undefined, patience).catch(() => null);
    }),
  );
  over.abort();
  return pipelines.map((pipeline, index) => ({ ...pipeline, digest: digests[index] ?? null }));
}
