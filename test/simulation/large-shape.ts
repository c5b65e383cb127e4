import { dice } from "./seeded-random.ts";
import type { WorldShape } from "./world-shape.ts";

/** Large seeds above it are worlds of mode replace; below it are the other modes. */
export const REPLACE_SEEDS = 1_001_000_000;
/** Seeds above it are worlds in which only a reconciliation can find what differs. */
export const RECONCILED_SEEDS = 1_002_000_000;
/** Seeds above it are worlds in which more is lost than a process: directories, the platform's last hours, a share. */
export const DISASTER_SEEDS = 1_003_000_000;

/** Much happens for a long time, and every kind of fault may meet every other. */
export function largeShape(seed: number): WorldShape {
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
    refusesForNow: 0.6,
    reconciles,
    compressMs: pick([0, 0, 50, 4_000]),
    diesLate: mode === "replace",
    pace: 1,
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
          platformClockMs: seldom(1_000, 5_000),
        },
    sourceClockMs: reconciles ? seldom(1_000, 5_000) : undefined,
  };
}
