import type { ReasonCount } from "@qianzhi/exchange";
import { framed, html, table, type Column, type Html } from "@qianzhi/page";
import { isReasonCode, reasonWords, type Item, type Language } from "@qianzhi/sdk";
import { issueTexts } from "../cli/issue-texts.ts";
import { textOf } from "../cli/texts.ts";
import type { SourceStatus } from "../run/source-status.ts";
import type { SiteStatus } from "../run/status.ts";
import { siteTime } from "../scheduler/site-time.ts";
import type { LagSample } from "../state/lag-samples.ts";
import { lagPlot } from "./lag-plot.ts";
import { pageText, spanText, type TextKey } from "./page-texts.ts";
import { reconciliations } from "./reconciliations.ts";
import type { Words } from "./words.ts";

/** What the page shows: nothing of a record, masked or not. */
export interface PageContent {
  readonly site: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly now: number;
  readonly status: SiteStatus;
  readonly lag: ReadonlyMap<string, readonly LagSample[]>;
  readonly reasons: readonly PageReason[];
}

interface PageReason extends ReasonCount {
  /** The item that is named, if the descriptor has it still. */
  readonly described: Item | undefined;
}

export function renderPage(content: PageContent): string {
  const { site, language, status, now } = content;
  const words: Words = {
    language,
    t: (key, details) => pageText(language, key, details),
    time: siteTime(content.timeZone),
  };
  const { t, time } = words;
  const verdict = verdictOf(words, status);
  const name = t("title", { site });
  return framed({
    language,
    title: `${verdict} · ${name}`,
    name,
    asOf: t("asOf", { time: time(new Date(now).toISOString()) }),
    other: t("other"),
    silent: t("silent"),
    main: html`<p class="verdict ${status.verdict}" role="status">${verdict}</p>
      ${issues(words, status)} ${pipelines(words, content)} ${outbox(words, status)}
      ${quarantine(words, content)} ${reconciliations(words, status)}
      ${sources(words, status.sources)}`,
  });
}

const verdictOf = ({ language }: Words, { verdict, issues: found }: SiteStatus): string =>
  verdict === "ok"
    ? textOf(language, "status.ok")
    : textOf(language, "status.attention", { count: found.length });

function issues({ language, t, time }: Words, status: SiteStatus): Html {
  if (status.issues.length === 0) return html``;
  const lines = status.issues.map((issue) => {
    const { message, next } = issueTexts(language, issue);
    const subject = issue.pipelines?.join(", ") ?? issue.pipeline;
    return html`<li>
      ${subject === null ? "" : html`<strong>${subject}</strong> `}${time(message)}<br /><span
        class="next"
        >${textOf(language, "status.next", { command: next }).trim()}</span
      >
    </li>`;
  });
  return html`<h2>${t("todo")}</h2>
    <ul class="issues">
      ${lines}
    </ul>`;
}

function pipelines(words: Words, { status, lag, now }: PageContent): Html {
  const { language, t, time } = words;
  const columns: readonly Column<TextKey>[] = [
    { head: "pipeline" },
    { head: "state" },
    { head: "lag", isNumber: true },
    { head: "quarantined", isNumber: true },
    { head: "waiting", isNumber: true },
    { head: "day" },
    { head: "lastSuccess" },
    { head: "resource" },
  ];
  const rows = status.pipelines.map((pipeline) => [
    pipeline.name,
    html`<span class="${pipeline.state}"
      >${textOf(language, `status.state.${pipeline.state}`)}</span
    >`,
    pipeline.lagSeconds === null ? "-" : spanText(language, pipeline.lagSeconds * 1_000),
    pipeline.quarantined,
    pipeline.waitingBatches,
    plot(words, lag.get(pipeline.name) ?? [], now),
    pipeline.lastSuccessAt === null ? t("never") : time(pipeline.lastSuccessAt),
    pipeline.resource,
  ]);
  return html`<h2>${t("pipelines")}</h2>
    ${table(t, "pipelines", columns, rows)}`;
}

function plot({ language, t }: Words, samples: readonly LagSample[], now: number): Html {
  const last = samples.at(-1);
  if (last === undefined) return html`${t("noDay")}`;
  const most = Math.max(...samples.map(({ behindMs }) => behindMs));
  const details = {
    most: spanText(language, most),
    now: spanText(language, last.behindMs),
  };
  return lagPlot(samples, now, t("dayText", details));
}

function outbox({ t }: Words, { outbox: { waitingBatches, waitingBytes, maxBytes } }: SiteStatus) {
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return html`<h2>${t("outbox")}</h2>
    <p>
      ${t("outboxLine", {
        batches: waitingBatches,
        bytes: mib(waitingBytes),
        most: mib(maxBytes),
        percent: ((waitingBytes / maxBytes) * 100).toFixed(1),
      })}
    </p>`;
}

function quarantine(words: Words, { reasons }: PageContent): Html {
  const { t, language } = words;
  if (reasons.length === 0)
    return html`<h2>${t("quarantine")}</h2>
      <p>${t("quarantineNone")}</p>`;
  const columns: readonly Column<TextKey>[] = [
    { head: "pipeline" },
    { head: "reason" },
    { head: "count", isNumber: true },
    { head: "item" },
  ];
  const rows = reasons.map(({ pipeline, item, described, code, count }) => [
    pipeline,
    isReasonCode(code) ? `${reasonWords(code, language, described)} (${code})` : code,
    count,
    described === undefined ? (item ?? t("whole")) : `${described.name} ${described.identifier}`,
  ]);
  return html`<h2>${t("quarantine")}</h2>
    ${table(t, "quarantine", columns, rows)}`;
}

function sources(words: Words, found: readonly SourceStatus[]): Html {
  const { t } = words;
  const columns: readonly Column<TextKey>[] = [
    { head: "source" },
    { head: "statements", isNumber: true },
    { head: "sourceRows", isNumber: true },
    { head: "busy", isNumber: true },
    { head: "spared" },
  ];
  const rows = found.map(({ name, lastHour, spared }) => [
    name,
    lastHour.statements,
    lastHour.rows,
    `${(lastHour.busyShare * 100).toFixed(1)}%`,
    spared.length === 0 ? "-" : spared.map((why) => t(`spared.${why}`)).join(", "),
  ]);
  return html`<h2>${t("load")}</h2>
    ${table(t, "load", columns, rows)}`;
}
