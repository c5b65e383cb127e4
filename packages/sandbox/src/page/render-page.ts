import { framed, html, table, type Column, type Html } from "@qianzhi/page";
import type { Language } from "@qianzhi/sdk";
import type { CatalogListing } from "../platform/catalog.ts";
import type { ObservedComparison } from "../platform/comparisons.ts";
import type { Contrast } from "../platform/contrast.ts";
import type { AppliedBatch } from "../platform/receipts.ts";
import type { StreamRow } from "../platform/streams.ts";
import { pageText, type TextKey } from "./page-texts.ts";

/** As much of a digest as the agent's page shows: enough to see by eye that two are equal. */
const SHOWN_DIGITS = 16;

/** What the page shows: counts and digests, nothing of a record and no key. */
export interface PageContent {
  readonly language: Language;
  readonly now: number;
  readonly catalog: readonly CatalogListing[];
  readonly copies: readonly Copy[];
  readonly batches: readonly AppliedBatch[];
  readonly contrast: Contrast | undefined;
}

/** What the platform holds of one stream. */
export interface Copy extends Pick<
  StreamRow,
  "resource" | "site" | "pipeline" | "epoch" | "sequence"
> {
  readonly count: number;
  readonly sum: string;
  readonly comparison: ObservedComparison | undefined;
}

interface Words {
  readonly language: Language;
  t(key: TextKey, details?: Readonly<Record<string, string | number>>): string;
}

export function renderPage(content: PageContent): string {
  const { language, now, copies: held } = content;
  const words: Words = {
    language,
    t: (key, details) => pageText(language, key, details),
  };
  const { t } = words;
  const { word, kind } = verdictOf(words, held);
  return framed({
    language,
    name: t("title"),
    asOf: t("asOf", { time: time(now) }),
    other: t("other"),
    silent: t("silent"),
    main: html`<p class="verdict ${kind}" role="status">${word}</p>
      ${copies(words, held)} ${contrast(words, content)} ${batches(words, content)}
      ${catalog(words, content)}`,
  });
}

function verdictOf({ t }: Words, copies: readonly Copy[]) {
  const all = copies.length;
  const differed = copies.filter(({ comparison }) => (comparison?.listed ?? 0) > 0).length;
  const unknown = copies.filter(({ comparison }) => (comparison?.count ?? 0) === 0).length;
  if (all === 0) return { word: t("verdict.nothing"), kind: "unknown" };
  if (differed > 0)
    return { word: t("verdict.differed", { count: differed, all }), kind: "attention" };
  return unknown > 0
    ? { word: t("verdict.unknown", { count: unknown, all }), kind: "unknown" }
    : { word: t("verdict.equal"), kind: "ok" };
}

function copies(words: Words, held: readonly Copy[]): Html {
  const { t } = words;
  const columns: readonly Column<TextKey>[] = [
    { head: "resource" },
    { head: "result" },
    { head: "records", isNumber: true },
    { head: "digest" },
    { head: "batch", isNumber: true },
    { head: "when" },
    { head: "stream" },
  ];
  const rows = held.map((copy) => [
    copy.resource,
    resultOf(words, copy),
    copy.count,
    html`<code>${copy.count}:${copy.sum.slice(0, SHOWN_DIGITS)}</code>`,
    `${copy.epoch}.${copy.sequence}`,
    copy.comparison === undefined ? "-" : time(copy.comparison.at),
    `${copy.site} / ${copy.pipeline}`,
  ]);
  return html`<h2>${t("copies")}</h2>
    <p class="how">${t("copiesHow")}</p>
    ${table(t, "copies", columns, rows)}`;
}

/** A site lists no bucket of an empty copy, so that nothing is known of it. */
function resultOf({ t }: Words, { comparison, epoch, sequence }: Copy): Html {
  if (comparison === undefined) return html`${t("result.none")}`;
  const { listed, buckets, count } = comparison;
  if (listed > 0)
    return html`<span class="held">${t("result.differed", { listed, buckets })}</span>`;
  if (count === 0) return html`${t("result.empty")}`;
  const isNow = comparison.epoch === epoch && comparison.sequence === sequence;
  const batch = `${comparison.epoch}.${comparison.sequence}`;
  return html`<span class="running"
    >${isNow ? t("result.equal") : t("result.moved", { batch })}</span
  >`;
}

function contrast({ language, t }: Words, { contrast: told }: PageContent): Html {
  if (told === undefined) return html``;
  const { resource, rows: count } = told;
  const kinds = ["missing", "outdated", "surplus", "named"] as const;
  const columns: readonly Column<TextKey>[] = [
    { head: "copy" },
    ...kinds.map((head) => ({ head, isNumber: true }) as const),
  ];
  const rows = told.copies.map(({ name, ...differences }) => [
    name[language],
    ...kinds.map((kind) =>
      kind !== "named" && differences[kind] > 0
        ? html`<span class="held">${differences[kind]}</span>`
        : differences[kind],
    ),
  ]);
  return html`<h2>${t("contrast")}</h2>
    <p class="how">${t("contrastRows", { resource, rows: count })}</p>
    ${table(t, "contrast", columns, rows)}`;
}

function batches({ t }: Words, { batches: last }: PageContent): Html {
  const heading = html`<h2>${t("batches")}</h2>`;
  if (last.length === 0)
    return html`${heading}
      <p>${t("batchesNone")}</p>`;
  const columns: readonly Column<TextKey>[] = [
    { head: "arrived" },
    { head: "resource" },
    { head: "accepted", isNumber: true },
    { head: "refused", isNumber: true },
    { head: "batch", isNumber: true },
    { head: "batchDigest" },
    { head: "stream" },
  ];
  const rows = last.map((batch) => [
    time(batch.appliedMs),
    batch.resource,
    batch.accepted,
    batch.refused,
    `${batch.epoch}.${batch.sequence}`,
    html`<code>${batch.digest.slice(0, SHOWN_DIGITS)}</code>`,
    `${batch.site} / ${batch.pipeline}`,
  ]);
  return html`${heading} ${table(t, "batches", columns, rows)}`;
}

function catalog({ t }: Words, { catalog: listed }: PageContent): Html {
  const heading = html`<h2>${t("catalog")}</h2>`;
  if (listed.length === 0)
    return html`${heading}
      <p>${t("catalogNone")}</p>`;
  const columns: readonly Column<TextKey>[] = [
    { head: "name" },
    { head: "identifier" },
    { head: "version" },
    { head: "code" },
    { head: "provider" },
    { head: "published" },
  ];
  const rows = listed.map(({ name, identifier, version, code, provider, updatedAt }) => [
    name,
    identifier,
    version,
    code,
    provider.name,
    time(Date.parse(updatedAt)),
  ]);
  return html`${heading} ${table(t, "catalog", columns, rows)}`;
}

/** In the zone of the exchange, to the second, as both languages write it. */
const format = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});
const time = (ms: number): string => format.format(new Date(ms));
