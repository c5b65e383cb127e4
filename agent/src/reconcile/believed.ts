import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import { isLower } from "../pipeline/restored.ts";
import { toPosition } from "../pipeline/row-text.ts";
import type { Believed } from "../state/reconciliations.ts";
import type { LastSealed } from "./last-sealed.ts";
import type { Candidate, Differing } from "./repair.ts";

/**
 * Why a key is believed to have differed. Modes that compare everything miss nothing in the source, and what was once
 * sent as it is now was changed at the platform. In mode cursor a row that is gone shows nowhere; one whose stamp has not
 * moved since the reconciliation before was changed without it; any other became visible behind the position.
 */
export function believed(
  run: PipelineRun,
  differing: Candidate | Differing,
  sealed: LastSealed | undefined,
  stampBefore: string | number | undefined,
): Believed {
  const now = "hash" in differing ? differing.hash : null;
  if (run.config.mode !== "cursor" || sealed?.hash === now) return "changed-at-platform";
  if (!("row" in differing)) return "deleted";
  if (differing.kind === "missing") return "late-commit";
  const { request, config } = run;
  const at = request.columns.findIndex(({ name }) => name === config.cursor);
  const stamp = toPosition(differing.row[at] ?? null) ?? undefined;
  return isLower(stampBefore, stamp) ? "late-commit" : "unstamped";
}
