import assert from "node:assert/strict";
import { test } from "node:test";
import { sayComparison } from "../src/cli/say-comparison.ts";
import { textOf } from "../src/cli/texts.ts";
import type { Difference } from "../src/reconcile/compare.ts";

const digest = { count: 0, sum: "0".repeat(64) };
const difference = (kind: Difference["kind"]): Difference => ({
  key: '{"id":1}',
  kind,
  reasons: [],
  sourceKey: null,
  held: null,
});

function said(differences: readonly Difference[]): readonly string[] {
  const lines: string[] = [];
  const comparison = {
    sourceRows: 5,
    equal: 5,
    differences,
    source: digest,
    platform: digest,
    asOf: { epoch: 1, sequence: 1 },
    refusedRows: new Set<null>(),
    platformRecords: 0,
    scans: 1,
    bucketsLeft: 0,
  } as const;
  sayComparison(
    { text: (key, details) => textOf("en", key, details), say: (line) => lines.push(line) },
    "emp",
    comparison,
    { inWords: ({ kind }) => ({ key: "1", kind, reasons: "" }), limit: 1 },
  );
  return lines.slice(0, -1);
}

test("a comparison without differences says that all is equal", () => {
  assert.deepEqual(said([]), ["emp: 5 source rows, all equal at the platform"]);
});

test("records that only the platform has are told first, and never after that all is equal", () => {
  assert.deepEqual(said([difference("surplus"), difference("surplus")]), [
    "emp: 5 source rows are equal at the platform, which has 2 more:",
    "    1  surplus",
    textOf("en", "compare.more", { count: 1 }),
  ]);
});
