import type { Dice } from "./seeded-random.ts";

/** How far each wall clock of a world is ahead, in milliseconds. */
export interface Clocks {
  agent: number;
  platform: number;
  source: number;
}

/** How far a clock is set, at most. */
const STEP_MS = 20_000;

export function setClock(
  clocks: Clocks,
  whose: keyof Clocks,
  { dice, say }: { readonly dice: Dice; readonly say: (event: string) => void },
): void {
  clocks[whose] += dice.between(-STEP_MS, STEP_MS);
  say(`disaster: the clock of the ${whose} is ${clocks[whose]} ms ahead`);
}
