import { simulate, type Outcome } from "./simulate.ts";

/** Runs seeds one after the other until one fails; answers how many held, and the one that did not. */
export async function runSeeds(
  from: number,
  count: number,
): Promise<{ readonly held: number; readonly failed?: Outcome }> {
  for (let held = 0; held < count; held += 1) {
    const outcome = await simulate(from + held);
    if (outcome.violations.length > 0) return { held, failed: outcome };
  }
  return { held: count };
}

/** What a person needs to see of a world that failed, and to have it once more. */
export function describeFailure({ seed, violations, script }: Outcome): string {
  return [
    `seed ${seed} breaks:`,
    ...violations.map((violation) => `  ${violation}`),
    "everything that happened (seconds, event):",
    ...script,
    `seed ${seed} breaks:`,
    ...violations.map((violation) => `  ${violation}`),
    `to run it again: npm run simulate -- --seeds 1 --from ${seed}`,
  ].join("\n");
}
