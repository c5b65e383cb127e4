import { inChinese, type CaseWords } from "./chinese.ts";
import { conformanceCases } from "./conformance-cases.ts";
import type { ConformanceCase, ConformanceHarness } from "./harness.ts";
import { reasonToSkip } from "./needs.ts";
import { siteCases, type SiteUnderTest } from "./site-cases.ts";

/** How one case went. */
export interface CaseResult {
  readonly group: string;
  readonly name: string;
  readonly protects: string;
  /** Name and what it protects, in Chinese. */
  readonly zh: CaseWords;
  readonly outcome: "passed" | "failed" | "left out";
  /** What was broken, or why the case was left out. */
  readonly reason?: string;
}

export interface VerifyOptions {
  /** Stops before the next case. */
  readonly signal?: AbortSignal;
  /** Told each result as it comes. */
  readonly onResult?: (result: CaseResult) => void;
}

/** Runs the whole suite one case after another. What fails is a result; it never rejects. */
export function verifyAdapter(
  harness: ConformanceHarness,
  options: VerifyOptions = {},
): Promise<readonly CaseResult[]> {
  return runCases(conformanceCases(harness), (each) => reasonToSkip(harness, each), options);
}

/**
 * Runs the cases that only read, against a table as it stands in a configured source: for adapters whose vendor gave no
 * harness along, and to see that one works at this site. It proves far less than the suite does.
 */
export async function verifySource(
  site: SiteUnderTest,
  options: VerifyOptions = {},
): Promise<readonly CaseResult[]> {
  const { cases, reasonToLeaveOut } = await siteCases(site);
  return runCases(cases, reasonToLeaveOut, options);
}

async function runCases(
  cases: readonly ConformanceCase[],
  reasonToLeaveOut: (each: ConformanceCase) => string | undefined,
  { signal, onResult }: VerifyOptions,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const each of cases) {
    if (signal?.aborted === true) break;
    const result = await runCase(each, reasonToLeaveOut(each));
    results.push(result);
    onResult?.(result);
  }
  return results;
}

async function runCase(each: ConformanceCase, leftOut: string | undefined): Promise<CaseResult> {
  const { group, name, protects } = each;
  const about = { group, name, protects, zh: inChinese(each) };
  if (leftOut !== undefined) return { ...about, outcome: "left out", reason: leftOut };
  try {
    await each.run();
    return { ...about, outcome: "passed" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...about, outcome: "failed", reason };
  }
}
