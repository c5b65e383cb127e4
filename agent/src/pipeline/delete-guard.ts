import { QianzhiError } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { writePipelineState } from "../state/pipeline-state.ts";
import { maskedKey } from "./masked-key.ts";
import { noChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/**
 * Whether so many deletions look like a source that is being reloaded rather than rows that were deleted: the source is
 * empty, or more are gone than both limits of `maxDeletes` allow. An approval covers as many deletions as were shown
 * to the person who gave it.
 */
export function guardHolds(
  seen: { readonly before: number; readonly deletes: number; readonly sourceRows: number },
  limit: PipelineConfig["maxDeletes"],
  approvedDeletes: number | null,
): boolean {
  if (seen.deletes === 0 || (approvedDeletes !== null && seen.deletes <= approvedDeletes))
    return false;
  if (seen.sourceRows === 0) return true;
  return seen.deletes > limit.rows && seen.deletes > (seen.before * limit.percent) / 100;
}

/** Keys that are shown to the person who is to decide. */
const SAMPLES = 5;

/** Keeps what the guard saw for `status` and `approve`, and ends the run. */
export async function holdDeletes(
  run: PipelineRun,
  { before, deletes }: { readonly before: number; readonly deletes: number },
  gone: Iterable<string>,
): Promise<never> {
  const { name, resource } = run.config;
  const samples: string[] = [];
  for (const key of gone) {
    samples.push(maskedKey(key, resource.items));
    if (samples.length === SAMPLES) break;
  }
  const guard = { before, deletes, samples, at: run.world.clock.now() };
  await run.stage.seal(noChanges, () => writePipelineState(run.store, name, { guard }));
  throw new QianzhiError("QZ_DELETE_GUARD", { pipeline: name, deletes, before });
}
