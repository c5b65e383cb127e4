import assert from "node:assert/strict";
import type { ConformanceCase, ConformanceHarness } from "./harness.ts";
import { groups, type CaseBody } from "./groups.ts";
import { undeclaredNeed } from "./needs.ts";

/**
 * What every adapter must do, as data: run each case by any test runner, and leave it out with `reasonToSkip`. A case
 * whose need the harness neither meets nor explains in `lacks` fails: nothing is left out in silence.
 */
export function conformanceCases(harness: ConformanceHarness): readonly ConformanceCase[] {
  return groups.flatMap(({ group, cases }) =>
    cases(harness).map((body) => ({ ...body, group, run: () => guarded(harness, body) })),
  );
}

async function guarded(harness: ConformanceHarness, body: CaseBody): Promise<void> {
  const need = undeclaredNeed(harness, body);
  if (need !== undefined)
    assert.fail(`the harness offers nothing for "${need}", and lacks gives no reason for it`);
  await body.run();
}
