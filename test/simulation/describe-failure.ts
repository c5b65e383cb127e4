import type { Shrunk } from "./shrink.ts";
import type { Outcome } from "./simulate.ts";

/** What a person needs to see of a world that failed, and to have it once more. */
export function describeFailure({ seed, violations, script }: Outcome): string {
  const broken = [`seed ${seed} breaks:`, ...violations.map((violation) => `  ${violation}`)];
  return [
    ...broken,
    "everything that happened, in seconds:",
    ...script,
    ...broken,
    `to run it again: npm run simulate -- --seeds 1 --from ${seed}`,
  ].join("\n");
}

/** The smallest world of the seed that still fails, which the first line of its script describes. */
export const describeShrunk = (failed: Outcome, { outcome, tried }: Shrunk): string =>
  [
    describeFailure(outcome),
    `shrunk from ${failed.script.length} to ${outcome.script.length} events by trying ${tried} smaller worlds; as it was, it broke:`,
    ...failed.violations.map((violation) => `  ${violation}`),
  ].join("\n");
