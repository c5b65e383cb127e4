export { openSite } from "./run/site.ts";
export type { Site, SiteOptions } from "./run/site.ts";
export { runOnce } from "./run/run-once.ts";
export type { PipelineReport } from "./run/run-once.ts";
export { runSite } from "./run/run-site.ts";
export { siteStatus } from "./run/status.ts";
export type { PipelineStatus, SiteStatus } from "./run/status.ts";
export type { StatusIssue } from "./run/status-issues.ts";
export type { SourceStatus, SourceUse } from "./run/source-status.ts";
export type { PipelineRunner } from "./run/pipeline-runner.ts";

export { checkSite } from "./check/check-site.ts";
export type { Finding } from "./check/finding.ts";

export { compareWithPlatform } from "./reconcile/compare.ts";
export type { Comparison, Difference, DifferenceKind } from "./reconcile/compare.ts";
export { reconcilePipeline } from "./reconcile/reconcile.ts";
export { readReconciliation, writeReconciliation } from "./state/reconciliations.ts";
export type {
  Believed,
  ReconciliationOutcome,
  ReconciliationState,
  RepairedKey,
} from "./state/reconciliations.ts";

export { nominateQuarantined } from "./quarantine/nominate-quarantined.ts";
export { retryOutcome } from "./quarantine/retry-outcome.ts";
export type { Asked, Retry } from "./quarantine/nominate-quarantined.ts";
export type { RetryOutcome } from "./quarantine/retry-outcome.ts";

export { forgetRelationShape } from "./state/relation-shapes.ts";
export { readPipelineState, writePipelineState } from "./state/pipeline-state.ts";
export type { GuardReport, PipelineState, StoredError } from "./state/pipeline-state.ts";

export type {
  ItemMapping,
  OutboxConfig,
  PipelineConfig,
  PlatformConfig,
  SiteConfig,
  SourceConfig,
} from "./config/site-config.ts";
