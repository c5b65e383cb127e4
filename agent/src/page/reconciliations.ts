import { html, table, type Column, type Html } from "@qianzhi/page";
import type { ReconciliationStatus, SiteStatus } from "../run/status.ts";
import { isSameDigest, shortDigest } from "../cli/digest-line.ts";
import type { TextKey } from "./page-texts.ts";
import type { Words } from "./words.ts";

/** The last comparison of each pipeline with the platform's copy: its two digests and what came of it, no key. */
export function reconciliations(words: Words, { pipelines }: SiteStatus): Html {
  const { t, time } = words;
  const done = pipelines.flatMap(({ name, reconciliation }) =>
    reconciliation === null ? [] : [{ name, ...reconciliation }],
  );
  if (done.length === 0)
    return html`<h2>${t("reconciliation")}</h2>
      <p>${t("reconciliationNone")}</p>`;
  const columns: readonly Column<TextKey>[] = [
    { head: "pipeline" },
    { head: "result" },
    { head: "rows", isNumber: true },
    { head: "equal", isNumber: true },
    { head: "named", isNumber: true },
    { head: "digestSource" },
    { head: "digestPlatform" },
    { head: "when" },
  ];
  const rows = done.map((each) => [
    each.name,
    result(words, each),
    each.rows,
    each.equal,
    each.named,
    each.digests === undefined ? "-" : html`<code>${shortDigest(each.digests.source)}</code>`,
    each.digests === undefined ? "-" : html`<code>${shortDigest(each.digests.platform)}</code>`,
    time(each.at),
  ]);
  return html`<h2>${t("reconciliation")}</h2>
    ${table(t, "reconciliation", columns, rows)}`;
}

/** Keys that differ since they were on their way, and not for long, count as equal; so the digests alone do not tell. */
function result({ t }: Words, { digests, named, repaired, ...rest }: ReconciliationStatus): Html {
  const differed = repaired.missing + repaired.stale + repaired.surplus;
  if (rest.isResent) return html`${t("result.resent")}`;
  if (rest.heldDeletes !== null)
    return html`<span class="held">${t("result.held", { count: rest.heldDeletes })}</span>`;
  if (rest.isPart) return html`${t("result.part", { count: differed })}`;
  if (differed > 0) return html`${t("result.repaired", { count: differed })}`;
  const isUnderWay = digests !== undefined && !isSameDigest(digests.source, digests.platform);
  const equal = isUnderWay ? "result.underWay" : named > 0 ? "result.named" : "result.equal";
  return html`<span class="running">${t(equal, { count: named })}</span>`;
}
