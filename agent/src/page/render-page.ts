import type { ReasonCount } from "@qianzhi/exchange";
import { isReasonCode, reasonWords, type Item, type Language } from "@qianzhi/sdk";
import { issueTexts } from "../cli/issue-texts.ts";
import { textOf } from "../cli/texts.ts";
import type { SourceStatus } from "../run/source-status.ts";
import type { SiteStatus } from "../run/status.ts";
import type { LagSample } from "../state/lag-samples.ts";
import { html, type Html } from "./html.ts";
import { lagPlot } from "./lag-plot.ts";
import { pageText, spanText } from "./page-texts.ts";
import { reconciliations } from "./reconciliations.ts";
import { table, type Column, type Words } from "./table.ts";

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
    time: timeIn(content),
  };
  const { t, time } = words;
  const other = language === "zh" ? "en" : "zh";
  const page = html`<!doctype html>
    <html lang="${language === "zh" ? "zh-CN" : "en"}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${verdictOf(words, status)} · ${t("title", { site })}</title>
        <link rel="stylesheet" href="page.css" />
        <link rel="icon" href="data:," />
        <script src="page.js" defer></script>
      </head>
      <body>
        <header>
          <h1>${t("title", { site })}</h1>
          <p id="as-of">${t("asOf", { time: time(new Date(now).toISOString()) })}</p>
          <a href="?lang=${other}" lang="${other === "zh" ? "zh-CN" : "en"}">${t("other")}</a>
          <p id="silent" role="alert" hidden>${t("silent")}</p>
        </header>
        <main>
          <p class="verdict ${status.verdict}" role="status">${verdictOf(words, status)}</p>
          ${issues(words, status)} ${pipelines(words, content)} ${outbox(words, status)}
          ${quarantine(words, content)} ${reconciliations(words, status)}
          ${sources(words, status.sources)}
        </main>
        <footer></footer>
      </body>
    </html> `;
  return page.html;
}

const verdictOf = ({ language }: Words, { verdict, issues: found }: SiteStatus): string =>
  verdict === "ok"
    ? textOf(language, "status.ok")
    : textOf(language, "status.attention", { count: found.length });

/** A moment in a message that says it for the log, in UTC. */
const UTC = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

function issues({ language, t, time }: Words, status: SiteStatus): Html {
  if (status.issues.length === 0) return html``;
  const lines = status.issues.map((issue) => {
    const { message, next } = issueTexts(language, issue);
    const subject = issue.pipelines?.join(", ") ?? issue.pipeline;
    return html`<li>
      ${subject === null ? "" : html`<strong>${subject}</strong> `}${message.replace(UTC, time)}<br /><span
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
  const columns: readonly Column[] = [
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
  return table(words, "pipelines", columns, rows);
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
  const columns: readonly Column[] = [
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
  return table(words, "quarantine", columns, rows);
}

function sources(words: Words, found: readonly SourceStatus[]): Html {
  const { t } = words;
  const columns: readonly Column[] = [
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
  return table(words, "load", columns, rows);
}

/** In the site's zone, to the second, as both languages write it. */
function timeIn({ timeZone }: PageContent): (iso: string | null) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return (iso) => (iso === null ? "-" : format.format(new Date(iso)));
}
