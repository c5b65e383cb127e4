import assert from "node:assert/strict";
import { test } from "node:test";
import type { Language } from "@qianzhi/sdk";
import { pageText } from "../src/page/page-texts.ts";
import { reconciliations } from "../src/page/reconciliations.ts";
import type { ReconciliationStatus, SiteStatus } from "../src/run/status.ts";

const digest = (count: number, digit: string) => ({ count, sum: digit.repeat(64) });
const equal: ReconciliationStatus = {
  at: "2026-11-30T08:00:00.000Z",
  rows: 5,
  equal: 5,
  named: 0,
  repaired: { missing: 0, stale: 0, surplus: 0 },
  keys: [],
  digests: { source: digest(5, "a"), platform: digest(5, "a") },
  scans: 1,
  seconds: 1,
  asOf: { epoch: 1, sequence: 1 },
  isPart: false,
  isResent: false,
  heldDeletes: null,
};

/** The cells of the one pipeline, without markup. */
function shown(change: Partial<ReconciliationStatus>, language: Language = "en"): string {
  const status = {
    pipelines: [{ name: "persons", reconciliation: { ...equal, ...change } }],
  } as unknown as SiteStatus;
  const words = {
    language,
    t: (key: Parameters<typeof pageText>[1], details = {}) => pageText(language, key, details),
    time: String,
  };
  const cells = reconciliations(words, status).html.split("<tbody>")[1] ?? "";
  return cells
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

test("the page shows the last comparison with both digests and what came of it, and no key", () => {
  assert.equal(
    shown({}),
    "persons equal 5 5 0 5:aaaaaaaaaaaaaaaa 5:aaaaaaaaaaaaaaaa 2026-11-30T08:00:00.000Z",
  );
  const differing = { source: digest(5, "a"), platform: digest(4, "b") };
  const repaired = shown({
    digests: differing,
    repaired: { missing: 1, stale: 2, surplus: 1 },
    keys: [{ key: '{"resident_id":"5001**"}', kind: "stale", because: "unstamped" }],
  });
  assert.match(repaired, /4 keys differed and were mended 5 5 0 5:a{16} 4:b{16} /);
  assert.doesNotMatch(repaired, /5001/);
  assert.match(shown({ named: 2, equal: 3 }), /equal except 2 named/);
  assert.match(shown({ digests: differing }), /equal with what was on its way/);
  assert.match(shown({ isPart: true }), /going on/);
  assert.match(shown({ isResent: true }), /all was sent again/);
  assert.match(shown({ heldDeletes: 7 }), /7 deletions wait/);
  assert.match(shown({ named: 2 }, "zh"), /除已列明的 2 个键外一致/);
});
