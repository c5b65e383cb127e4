import type { Outbox, StreamStatus } from "@qianzhi/exchange";
import type { ErrorCode } from "@qianzhi/sdk";
import type { PipelineConfig, SiteConfig } from "../config/site-config.ts";
import type { PipelineState } from "../state/pipeline-state.ts";
import { readReconciliation } from "../state/reconciliations.ts";
import { alarmsOf } from "../watch/alarms.ts";
import { viewOf } from "../watch/site-view.ts";
import { lastKeptAside } from "./kept-aside.ts";
import { urgencyOf, type MetBy } from "./urgency.ts";

export interface StatusIssue {
  /** Null: of the site as a whole, or of several pipelines. */
  readonly pipeline: string | null;
  /** What is the same for several is said once. */
  readonly pipelines?: readonly string[];
  readonly code:
    | ErrorCode
    | "QUARANTINED"
    | "PAUSED"
    | "NEVER_RAN"
    | "RECONCILIATION_OWED"
    | "STORE_KEPT_ASIDE";
  readonly details: Readonly<Record<string, unknown>>;
}

interface PipelineParts {
  readonly pipeline: PipelineConfig;
  readonly state: PipelineState;
  readonly stream: StreamStatus | undefined;
}

/**
 * Everything of a site that a person should do something about, most urgent first; of the same urgency, what is of the site as
 * a whole before what is of a pipeline.
 */
export function siteIssues(
  config: SiteConfig,
  outbox: Outbox,
  pipelines: readonly PipelineParts[],
): readonly StatusIssue[] {
  const aside = lastKeptAside(outbox.store);
  const alarms = alarmsOf(viewOf(config, outbox));
  const ofSite = alarms.filter(({ pipeline }) => pipeline === null);
  const overdue = new Set(
    alarms.flatMap(({ pipeline, code }) => (code === "QZ_OVERDUE" ? (pipeline ?? []) : [])),
  );
  const ranked = [
    ...rank("delivery", aside === null ? [] : [keptAside(aside)]),
    ...rank("delivery", ofSite),
    ...pipelines.flatMap((parts) => {
      const { name } = parts.pipeline;
      const isSaid = ({ code }: StatusIssue): boolean =>
        ofSite.some((alarm) => alarm.code === code) || (code === "NEVER_RAN" && overdue.has(name));
      const issues = [
        ...alarms.filter(({ pipeline }) => pipeline === name),
        ...issuesOf(parts, outbox).filter((issue) => !isSaid(issue)),
      ];
      const unreconciled = reconciliationIssues(parts, outbox).filter((issue) => !isSaid(issue));
      return [...rank("pipeline", issues), ...rank("reconciliation", unreconciled)];
    }),
  ];
  return together(ranked.toSorted((a, b) => a.rank - b.rank).map(({ issue }) => issue));
}

const keptAside = (aside: NonNullable<ReturnType<typeof lastKeptAside>>): StatusIssue => ({
  pipeline: null,
  code: "STORE_KEPT_ASIDE",
  details: { ...aside },
});

const rank = (metBy: MetBy, issues: readonly StatusIssue[]) =>
  issues.map((issue) => ({ issue, rank: urgencyOf(issue.code, metBy) }));

/** A source that is away is one trouble, however many pipelines read from it. */
function together(issues: readonly StatusIssue[]): readonly StatusIssue[] {
  const groups = new Map<string, StatusIssue[]>();
  issues.forEach((issue, place) => {
    const isError = issue.code.startsWith("QZ_") && issue.pipeline !== null;
    const name = isError ? JSON.stringify([issue.code, issue.details]) : `${place}`;
    groups.set(name, [...(groups.get(name) ?? []), issue]);
  });
  return [...groups.values()].flatMap((group) => {
    const pipelines = [...new Set(group.flatMap(({ pipeline }) => pipeline ?? []))];
    return pipelines.length < 2
      ? group.slice(0, 1)
      : group.slice(0, 1).map((issue) => ({ ...issue, pipeline: null, pipelines }));
  });
}

function issuesOf(
  { pipeline: { name, maxQuarantined }, state }: PipelineParts,
  outbox: Outbox,
): readonly StatusIssue[] {
  const issues: StatusIssue[] = [];
  const add = (code: StatusIssue["code"], details: StatusIssue["details"] = {}): void =>
    void issues.push({ pipeline: name, code, details });
  if (state.guard !== null)
    add("QZ_DELETE_GUARD", {
      pipeline: name,
      before: state.guard.before,
      deletes: state.guard.deletes,
      samples: state.guard.samples,
    });
  else if (state.lastError !== null) add(state.lastError.code, state.lastError.details);
  else if (state.replaced?.aborted !== undefined)
    add("QZ_GENERATION_ABORTED", {
      pipeline: name,
      count: state.replaced.count,
      ...state.replaced.aborted,
    });
  if (state.paused) add("PAUSED");
  else if (state.lastRunAt === null && state.lastError === null) add("NEVER_RAN");
  const quarantined = outbox.quarantine.count(name);
  const [oldestEntry] = outbox.quarantine.list({ pipeline: name, limit: 1 });
  // What the platform refuses is kept beyond the limit, too: nothing of it may be lost.
  if (
    quarantined > 0 &&
    quarantined >= maxQuarantined &&
    state.lastError?.code !== "QZ_QUARANTINE_FULL"
  )
    add("QZ_QUARANTINE_FULL", { pipeline: name, limit: maxQuarantined });
  if (oldestEntry !== undefined)
    add("QUARANTINED", {
      count: quarantined,
      since: new Date(oldestEntry.openedAt).toISOString(),
    });
  return issues;
}

function reconciliationIssues(
  { pipeline: { name }, state, stream }: PipelineParts,
  outbox: Outbox,
): readonly StatusIssue[] {
  const { outcome, error = null } = readReconciliation(outbox.store, name) ?? {};
  const { held } = outcome ?? {};
  const issue = (code: StatusIssue["code"], details: StatusIssue["details"]): StatusIssue => ({
    pipeline: name,
    code,
    details,
  });
  return [
    ...(error === null ? [] : [issue(error.code, error.details)]),
    ...(held === undefined || state.guard !== null
      ? []
      : [issue("QZ_DELETE_GUARD", { pipeline: name, ...held })]),
    ...(stream?.owed === undefined
      ? []
      : [issue("RECONCILIATION_OWED", { reason: stream.owed.reason })]),
  ];
}
