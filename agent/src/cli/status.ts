import { knownTarget } from "@qianzhi/exchange";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import type { Command } from "commander";
import { siteStatus, type FeedStatus, type PipelineStatus } from "../run/status.ts";
import type { StatusIssue } from "../run/status-issues.ts";
import { issueTexts } from "./issue-texts.ts";
import type { SiteConfig } from "../config/site-config.ts";
import type { SourceStatus } from "../run/source-status.ts";
import { withPlatformDigests } from "../run/platform-digests.ts";
import { siteTime } from "../scheduler/site-time.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { publicKeyText, withSiteToLookAt } from "./open-configured-site.ts";
import { digestLine } from "./digest-line.ts";
import { sayProof } from "./say-proof.ts";

/** `qianzhi status` */
export function statusCommand(program: Command, cli: Cli): void {
  program
    .command("status")
    .description(cli.text("status"))
    .action(
      cli.action((invocation: Invocation) =>
        withSiteToLookAt(invocation, async (site): Promise<ExitCode> => {
          const { text, say } = invocation;
          const time = siteTime(site.config.timeZone);
          const local = { ...invocation, say: (line: string) => say(time(line)) };
          const status = siteStatus(site.config, site.outbox);
          say(
            status.verdict === "ok"
              ? text("status.ok")
              : text("status.attention", { count: status.issues.length }),
          );
          for (const issue of status.issues) sayIssue(invocation, time, issue);
          for (const pipeline of status.pipelines) {
            say(pipelineLine(invocation, pipeline));
            const { heldBy } = pipeline.horizon ?? {};
            if (heldBy !== undefined) say(text("status.heldBy", heldBy));
            sayReconciliation(local, pipeline);
            sayWithdrawal(local, pipeline);
            if (pipeline.feed !== null) sayFeed(local, pipeline.feed);
          }
          for (const source of status.sources) saySource(local, source, site.config);
          const key = keyOf(site.config);
          if (key !== undefined) say(text("status.key", key));
          sayProof(invocation, site.store);
          if (invocation.json) {
            const pipelines = await withPlatformDigests(site, status.pipelines, invocation.signal);
            invocation.answer({
              ...status,
              issues: status.issues.map((issue) => ({
                pipeline: issue.pipeline,
                ...(issue.pipelines === undefined ? {} : { pipelines: issue.pipelines }),
                ...issueTexts(invocation.language, issue),
                ...(samplesOf(issue).length > 0 ? { samples: samplesOf(issue) } : {}),
              })),
              pipelines: pipelines.map((pipeline) => ({
                ...pipeline,
                lastError: errorTexts(invocation, pipeline),
              })),
              ...(key === undefined ? {} : { key }),
              proves: knownTarget(site.store)?.proves ?? null,
            });
          }
          return status.verdict === "ok" ? 0 : 1;
        }),
      ),
    );
}

/** What the platform's operator registers; a target of another kind takes none. */
const keyOf = ({ platform }: SiteConfig) =>
  platform && { keyId: platform.keyId, publicKey: publicKeyText(platform.privateKey) };

function sayReconciliation({ say, text }: Invocation, { reconciliation }: PipelineStatus): void {
  if (reconciliation === null) return;
  const { missing, stale, surplus } = reconciliation.repaired;
  say(text("status.reconciled", { ...reconciliation, repaired: missing + stale + surplus }));
  const { digests } = reconciliation;
  if (digests !== undefined) say(`  ${digestLine(text, digests)}`);
}

function sayWithdrawal({ say, text }: Invocation, { withdrawal }: PipelineStatus): void {
  if (withdrawal === null) return;
  const { sealedAt, doneAt } = withdrawal;
  say(
    doneAt === null
      ? text("status.withdrawing", { at: sealedAt })
      : text("status.withdrawn", { at: doneAt }),
  );
}

function sayIssue(
  invocation: Invocation,
  time: (text: string) => string,
  issue: StatusIssue,
): void {
  const { message: told, next } = issueTexts(invocation.language, issue);
  const message = time(told);
  const subject = subjectOf(invocation, issue);
  invocation.say(subject === undefined ? `  ${message}` : `  ${subject}: ${message}`);
  const samples = samplesOf(issue);
  if (samples.length > 0) invocation.say(invocation.text("status.samples", { samples }));
  invocation.say(invocation.text("status.next", { command: next }));
}

/** Pipelines that an issue names, before it only counts them. */
const NAMED = 3;

function subjectOf({ text }: Invocation, { pipeline, pipelines = [] }: StatusIssue) {
  const names = pipelines.slice(0, NAMED).join(", ");
  const more = pipelines.length - NAMED;
  if (names === "") return pipeline ?? undefined;
  return more > 0 ? text("status.several", { names, more }) : names;
}

/** Keys that the delete guard shows. */
const samplesOf = ({ details }: StatusIssue): readonly string[] =>
  (details["samples"] ?? []) as readonly string[];

function sayFeed(
  { say, text }: Invocation,
  { asOf, readToEndAt, keptBytes, limitBytes }: FeedStatus,
): void {
  say(text("status.feed", { asOf, readToEndAt: readToEndAt ?? "-" }));
  if (keptBytes === null) return;
  say(text("status.feed.kept", { bytes: keptBytes, limit: limitBytes ?? "-" }));
}

/** The load put on a source, and whether it is spared. */
function saySource(
  { say, text }: Invocation,
  source: SourceStatus,
  { pipelines }: SiteConfig,
): void {
  const { name, asOf, since, lastHour, sinceStart, pageRows, spared, opensAt } = source;
  const percent = (share: number): string => (share * 100).toFixed(1);
  say(
    asOf === null
      ? text("status.source.unasked", { name })
      : text("status.source", {
          name,
          since,
          hourStatements: lastHour.statements,
          hourRows: lastHour.rows,
          hourBusy: percent(lastHour.busyShare),
          statements: sinceStart.statements,
          rows: sinceStart.rows,
          busy: percent(sinceStart.busyShare),
        }),
  );
  for (const { name: pipeline, pageRows: wanted } of pipelines) {
    const rows = pageRows[pipeline] ?? wanted;
    if (rows < wanted) say(text("status.pageRows", { pipeline, rows, wanted }));
  }
  for (const why of spared) say(text(`status.spared.${why}`, { opensAt }));
}

function errorTexts({ language }: Invocation, { lastError }: PipelineStatus) {
  if (lastError === null) return null;
  const { code, message, hint } = describeError(
    new QianzhiError(lastError.code, lastError.details),
    language,
  );
  return { code, message, hint, at: new Date(lastError.at).toISOString() };
}

function pipelineLine(
  { text }: Invocation,
  { name, state, lagSeconds, waitingBatches, quarantined, position }: PipelineStatus,
): string {
  return text("status.line", {
    name,
    state: text(`status.state.${state}`),
    lag: lagSeconds === null ? "-" : `${lagSeconds} s`,
    waiting: waitingBatches,
    quarantined,
    position: position === null ? "" : text("status.position", { position }),
  });
}
