import {
  QianzhiError,
  type Column,
  type ErrorCode,
  type SettleReason,
  type Source,
} from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { isTold } from "../pipeline/horizon.ts";
import type { Finding } from "./finding.ts";

/** What a person is told for each reason why the horizon is a settle time only. The first poll is over soon. */
const codes: Readonly<Record<SettleReason, ErrorCode>> = {
  unsupported: "QZ_SETTLE_ONLY",
  privilege: "QZ_HORIZON_PRIVILEGE",
  hidden: "QZ_HORIZON_HIDDEN",
  stale: "QZ_HORIZON_STALE",
  replica: "QZ_HORIZON_REPLICA",
  unproven: "QZ_HORIZON_UNPROVEN",
  "first-poll": "QZ_HORIZON_EXACT",
};

/** What the DBA can mend is a warning; what nobody can, a note. */
const mendable = new Set<ErrorCode>(["QZ_HORIZON_PRIVILEGE", "QZ_HORIZON_HIDDEN"]);

/** Which horizon a pipeline gets, and why it is no better. */
export async function checkHorizon(
  cursor: Column,
  { name: pipeline, relation, settleMs }: Pick<PipelineConfig, "name" | "relation" | "settleMs">,
  source: Source,
  signal: AbortSignal,
): Promise<Omit<Finding, "subject">> {
  const horizon = isTold(cursor)
    ? await source.horizon?.({ relation, cursor: cursor.name, settleMs }, signal)
    : undefined;
  const code = codes[horizon?.exact === true ? "first-poll" : (horizon?.because ?? "unsupported")];
  const { grant = "" } = horizon ?? {};
  return {
    severity: mendable.has(code) ? "warning" : "note",
    error: new QianzhiError(code, { pipeline, settleMs, grant }),
  };
}
