import type { PipelineConfig } from "../config/site-config.ts";

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
