import { dice } from "./seeded-random.ts";
import type { Faults } from "./faults.ts";

/** What kind of world a seed is. Faults are absent from many worlds, so that none hides behind another. */
export interface WorldShape {
  readonly seed: number;
  readonly mode: "cursor" | "diff" | "replace";
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
  /**
   * The application stamps as it likes and deletes as it likes, the platform loses what it has taken, and the operator has
   * both reconciled from time to time.
   */
  readonly reconciles: boolean;
  /** A batch may take so long to be compressed, for want of a processor. */
  readonly compressMs: number;
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
  /** The agent's clock is set. */
  readonly clockMs: number | undefined;
}

/** Seeds above it are worlds of mode replace; below it are the others, which are what they always were. */
export const REPLACE_SEEDS = 1_000_000;
/** Seeds above it are worlds in which only a reconciliation can find what differs. */
export const RECONCILED_SEEDS = 2_000_000;
/** Seeds above it are worlds in which more is lost than a process: directories, the platform's last hours, a share. */
export const DISASTER_SEEDS = 3_000_000;

export function worldShape(seed: number): WorldShape {
  const throws = dice(`${seed}/shape`);
  const { between, chance, pick } = throws;
  const rate = (most: number): number => (chance(0.5) ? 0 : throws.fraction() * most);
  const gap = (low: number, high: number): number | undefined =>
    chance(0.5) ? between(low, high) : undefined;
  const seldom = (low: number, high: number): number | undefined =>
    chance(0.3) ? between(low, high) : undefined;
  const other = pick(["cursor", "diff"] as const);
  const isDisastrous = seed > DISASTER_SEEDS;
  const reconciles = seed > RECONCILED_SEEDS && !isDisastrous;
  const mode =
    reconciles || isDisastrous
      ? pick(["cursor", "cursor", other, "replace"] as const)
      : seed > REPLACE_SEEDS
        ? "replace"
        : other;
  const longestOpenMs = pick([0, 500, 3_000]);
  return {
    seed,
    mode,
    pageRows: between(1, 5),
    everyMs: pick([500, 1_000, 3_000]),
    longestOpenMs,
    settleMs: reconciles && chance(0.5) ? 0 : longestOpenMs + between(0, 500),
    fraction: pick([0, 3] as const),
    nullableCursor: mode === "cursor" && chance(0.3),
    where: chance(0.4),
    deletedWhen: mode === "cursor" || chance(0.3),
    onInvalid: chance(0.25) ? "withdraw" : "keep",
    maxDeletes: between(1, 4),
    sourceSkewMs: pick([0, 0, between(-5_000, 5_000), between(-7_200_000, 7_200_000)]),
    initialRows: pick([0, between(1, 5), between(5, 15)]),
    chaosMs: between(3_000, 10_000),
    workGapMs: pick([300, 1_000, 2_000]),
    lateReceiptsMs: chance(0.25) ? between(100, 6_000) : undefined,
    encoding: pick(["gzip", "identity"] as const),
    faults: {
      sourceLost: rate(0.04),
      sourceDelayMs: pick([0, 10, 100]),
      lostRequest: rate(0.15),
      lostAnswer: rate(0.15),
      duplicate: rate(0.3),
      busy: rate(0.1),
      fault: rate(0.1),
      down: false,
    },
    crashGapMs: gap(1_000, 5_000),
    downGapMs: gap(2_000, 8_000),
    refusalGapMs: gap(1_500, 5_000),
    reconciles,
    compressMs: pick([0, 0, 50, 4_000]),
    disasters: !isDisastrous
      ? undefined
      : {
          dataLostMs: seldom(2_000, 8_000),
          dataRestoredMs: seldom(1_000, 6_000),
          platformRestoredMs: seldom(1_000, 6_000),
          rivalMs: seldom(1_000, 6_000),
          shareMs: seldom(2_000, 6_000),
          deployMs: seldom(1_000, 5_000),
          clockMs: seldom(1_000, 5_000),
        },
  };
}
