import { describingCases } from "./cases/describing.ts";
import { lifetimeCases } from "./cases/lifetime.ts";
import { pagingCases } from "./cases/paging.ts";
import { predicateCases } from "./cases/predicates.ts";
import { valueCases } from "./cases/values.ts";
import type { ConformanceCase, ConformanceHarness } from "./harness.ts";

/** What every adapter with `scan` must do, as data: run each by any test runner, or leave it out with {@link reasonToSkip}. */
export function conformanceCases(harness: ConformanceHarness): readonly ConformanceCase[] {
  return [describingCases, valueCases, pagingCases, predicateCases, lifetimeCases].flatMap(
    (cases) => cases(harness),
  );
}
