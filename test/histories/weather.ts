import type { Dice } from "../simulation/seeded-random.ts";

/** How a transaction stays open over several polls: it writes first, or last, or is prepared and decided later. */
export type Long = "writes" | "thinks" | "prepared";

/**
 * What an act is like for all tables at once. Whoever is open holds the horizon of every table of the server, and so hides
 * that others would be overlooked: in most acts, all that polls meet is of one kind.
 */
export interface Weather {
  readonly long: readonly Long[];
  /** A backup keeps all writers waiting over a poll, which finds what they wrote before; they were all hasty till it began. */
  readonly backup?: true;
  /** All others commit at once. */
  readonly hasty?: true;
  /** Now and then a table is locked against readers too. */
  readonly quarrels?: true;
  /** A monitor keeps the server's list of transactions stale. */
  readonly watched?: true;
}

export const weathers = {
  writing: { long: ["writes"] },
  watched: { long: ["writes"], watched: true },
  brief: { long: [] },
  thinking: { long: ["thinks"] },
  backup: { long: [], backup: true },
  prepared: { long: ["prepared"], hasty: true },
  mixed: { long: ["writes", "thinks", "prepared"], quarrels: true },
} as const satisfies Readonly<Record<string, Weather>>;

/** One act's weather after the other: each comes once before any comes again. */
export function* seasons(dice: Dice, all: readonly Weather[]): Generator<Weather, never> {
  for (;;) yield* dice.shuffled(all);
}
