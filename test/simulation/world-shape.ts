import type { Faults } from "./faults.ts";
import { largeShape } from "./large-shape.ts";
import { tinyShape } from "./tiny-shape.ts";

/** What kind of world a seed is. Faults are absent from many worlds, so that none hides behind another. */
export interface WorldShape {
  readonly seed: number;
  readonly mode: "cursor" | "diff" | "native" | "replace";
  readonly pageRows: number;
  readonly everyMs: number;
  /** A transaction is open for this long at most; the pipeline's settle time is never less. */
  readonly longestOpenMs: number;
  readonly settleMs: number;
  /** Digits of a second in the change column. */
  readonly fraction: 0 | 3;
  readonly nullableCursor: boolean;
  readonly where: boolean;
  readonly deletedWhen: boolean;
  readonly onInvalid: "keep" | "withdraw";
  /** Rows that may be deleted in one run without asking. */
  readonly maxDeletes: number;
  /** The source's clock less the agent's. */
  readonly sourceSkewMs: number;
  readonly initialRows: number;
  readonly chaosMs: number;
  /** Between two transactions in the source, at most. */
  readonly workGapMs: number;
  readonly lateReceiptsMs: number | undefined;
  readonly encoding: "gzip" | "identity";
  readonly faults: Faults;
  /** Between two deaths of the agent, at most; undefined: it does not die. */
  readonly crashGapMs: number | undefined;
  /** Between two times when the platform is down, or refuses some keys. */
  readonly downGapMs: number | undefined;
  readonly refusalGapMs: number | undefined;
  /** Probability that it refuses them for the time being, which takes a minute to heal. */
  readonly refusesForNow: number;
  /**
   * The application stamps as it likes and deletes as it likes, the platform loses what it has taken, and the operator has
   * both reconciled from time to time.
   */
  readonly reconciles: boolean;
  /** Between two times when the source's clock is set; only where reconciliations find what that hides. */
  readonly sourceClockMs: number | undefined;
  /** A batch may take so long to be compressed, for want of a processor. */
  readonly compressMs: number;
  /** The agent dies once more when everything is healed. */
  readonly diesLate: boolean;
  /** How long outages, absences and a person's rounds last, of what they last in a large world. */
  readonly pace: number;
  readonly disasters: Disasters | undefined;
}

/** Milliseconds between two of a kind, at most; undefined: there is none. */
export interface Disasters {
  /** The data directory is lost, or an old copy takes its place. */
  readonly dataLostMs: number | undefined;
  readonly dataRestoredMs: number | undefined;
  /** An old copy of the platform takes its place. */
  readonly platformRestoredMs: number | undefined;
  /** Another agent of the site starts, in a directory of its own or in a copy of this one's. */
  readonly rivalMs: number | undefined;
  /** The share ends, and is renewed. */
  readonly shareMs: number | undefined;
  /** A version of the descriptor is published and deployed, or another mapping. */
  readonly deployMs: number | undefined;
  /** The agent's clock is set, and the platform's. */
  readonly clockMs: number | undefined;
  readonly platformClockMs: number | undefined;
}

/** Seeds above it are large worlds, with room for many faults to meet; below it are tiny ones, of which thousands are quick. */
export const LARGE_SEEDS = 1_000_000_000;

export const isTiny = ({ seed }: Pick<WorldShape, "seed">): boolean => seed <= LARGE_SEEDS;

export const worldShape = (seed: number): WorldShape =>
  isTiny({ seed }) ? tinyShape(seed) : largeShape(seed);
