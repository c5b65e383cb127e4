import { dueAfter, isSilent } from "./overdue.ts";
import type { PipelineView, SiteView } from "./site-view.ts";

/** How far the platform's copy is behind what the schedule promises: what waits to be sent, or a run that has not ended. */
export function behindMs(view: SiteView, pipeline: PipelineView): number {
  const { now } = view;
  const { oldestSealedAt } = pipeline;
  if (oldestSealedAt !== undefined) return Math.max(0, now - oldestSealedAt);
  const due = dueSince(view, pipeline);
  return due === undefined ? 0 : Math.max(0, now - due);
}

/** How far it may be behind before it is worth a word. Where nothing waits, until it would have been due once more. */
export function bearableMs(view: SiteView, pipeline: PipelineView): number {
  const { lagAfterMs } = view.limits;
  const due = dueSince(view, pipeline);
  if (pipeline.oldestSealedAt !== undefined || due === undefined) return lagAfterMs;
  return Math.max(lagAfterMs, (dueAfter(view, pipeline.config, due) ?? due) - due);
}

/** When it was due first after its last success. */
function dueSince(view: SiteView, { config, facts, lastSuccessAt }: PipelineView) {
  if (lastSuccessAt === null) return undefined;
  const present = isSilent(view) ? 0 : (view.agent?.presentSince ?? 0);
  return dueAfter(view, config, Math.max(lastSuccessAt, facts.heldAt ?? 0, present));
}
