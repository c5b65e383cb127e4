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
