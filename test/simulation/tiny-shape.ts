import { dice, type Dice } from "./seeded-random.ts";
import type { WorldShape } from "./world-shape.ts";

/** What one kind of trouble adds to a world in which nothing goes wrong. */
interface Trouble {
  readonly faults?: Partial<WorldShape["faults"]>;
  readonly disasters?: Partial<NonNullable<WorldShape["disasters"]>>;
  readonly also?: Partial<WorldShape>;
}

type Kind = (throws: Dice) => Trouble;

/** Trouble that is over as soon as it is healed: the world is at rest a few polls later. */
const quick: readonly Kind[] = [
  ({ between }) => ({ also: { crashGapMs: between(100, 600) } }),
  ({ between }) => ({ also: { crashGapMs: between(100, 600) } }),
  ({ between }) => ({ also: { crashGapMs: between(100, 600) } }),
  ({ between }) => ({ also: { downGapMs: between(300, 1_500) } }),
  ({ between }) => ({ also: { refusalGapMs: between(100, 600) } }),
  ({ fraction }) => ({ faults: { lostAnswer: 0.1 + fraction() * 0.3 } }),
  ({ fraction }) => ({ faults: { lostRequest: 0.1 + fraction() * 0.3 } }),
  ({ fraction }) => ({ faults: { duplicate: 0.3 + fraction() * 0.6 } }),
  ({ fraction }) => ({ faults: { sourceLost: 0.05 + fraction() * 0.2 } }),
  ({ pick }) => ({ faults: { sourceDelayMs: pick([10, 100]) } }),
  ({ fraction }) => ({ faults: { busy: fraction() * 0.3, fault: fraction() * 0.3 } }),
  ({ pick }) => ({ also: { compressMs: pick([50, 1_000]) } }),
  ({ between }) => ({ disasters: { clockMs: between(400, 1_500) } }),
  ({ between }) => ({ disasters: { deployMs: between(400, 1_500) } }),
];

/** Trouble from which a site recovers in its own time, up to some minutes; with few polls meanwhile, to be run quickly. */
const slow: readonly Kind[] = [
  ({ between }) => ({ also: { refusalGapMs: between(200, 800), refusesForNow: 1 } }),
  ({ between }) => ({ also: { lateReceiptsMs: between(100, 3_000) } }),
  () => ({ also: { reconciles: true } }),
  ({ between }) => ({ disasters: { dataLostMs: between(600, 2_000) } }),
  ({ between }) => ({ disasters: { dataRestoredMs: between(400, 1_500) } }),
  ({ between }) => ({ disasters: { platformRestoredMs: between(400, 1_500) } }),
  ({ between }) => ({ disasters: { rivalMs: between(400, 1_500) } }),
  ({ between }) => ({ disasters: { shareMs: between(600, 2_000) } }),
];

const noFaults: WorldShape["faults"] = {
  sourceLost: 0,
  sourceDelayMs: 0,
  lostRequest: 0,
  lostAnswer: 0,
  duplicate: 0,
  busy: 0,
  fault: 0,
  down: false,
};

const noDisasters: NonNullable<WorldShape["disasters"]> = {
  dataLostMs: undefined,
  dataRestoredMs: undefined,
  platformRestoredMs: undefined,
  rivalMs: undefined,
  shareMs: undefined,
  deployMs: undefined,
  clockMs: undefined,
  platformClockMs: undefined,
};

const modes = [
  "cursor",
  "cursor",
  "cursor",
  "cursor",
  "diff",
  "diff",
  "native",
  "replace",
] as const;

/** A stretch of life of few rows and few polls, in which one to three kinds of trouble meet. */
export function tinyShape(seed: number): WorldShape {
  const throws = dice(`${seed}/shape`);
  const { between, chance, pick } = throws;
  const isSlow = chance(0.1);
  const kinds = [
    ...(isSlow ? throws.shuffled(slow).slice(0, 1) : []),
    ...throws.shuffled(quick).slice(0, between(isSlow ? 0 : 1, 2)),
  ].map((kind) => kind(throws));
  const { also, faults, disasters } = together(kinds);
  const mode = pick(modes);
  const longestOpenMs = pick([0, 300, 800]);
  return {
    seed,
    mode,
    pageRows: pick([1, 2, 5, 5]),
    everyMs: isSlow ? pick([2_000, 5_000]) : pick([400, 800, 1_200]),
    longestOpenMs,
    settleMs: also.reconciles === true && chance(0.5) ? 0 : longestOpenMs + between(0, 100),
    fraction: pick([0, 3, 3] as const),
    nullableCursor: mode === "cursor" && chance(0.2),
    where: chance(0.3),
    deletedWhen: mode === "cursor" || chance(0.3),
    onInvalid: chance(0.25) ? "withdraw" : "keep",
    maxDeletes: between(1, 3),
    sourceSkewMs: pick([0, 0, between(-5_000, 5_000)]),
    initialRows: between(0, 2),
    chaosMs: between(400, isSlow ? 2_000 : 1_000),
    workGapMs: pick([150, 300]),
    lateReceiptsMs: undefined,
    encoding: "identity",
    crashGapMs: undefined,
    downGapMs: undefined,
    refusalGapMs: undefined,
    refusesForNow: 0,
    reconciles: false,
    compressMs: 0,
    diesLate: mode === "replace" && chance(0.3),
    pace: 0.25,
    ...also,
    faults: { ...noFaults, ...faults },
    disasters:
      disasters === undefined
        ? undefined
        : {
            ...noDisasters,
            ...disasters,
            platformClockMs: chance(0.3) ? between(200, 900) : undefined,
          },
    sourceClockMs: also.reconciles === true && chance(0.5) ? between(200, 900) : undefined,
  };
}

const together = (kinds: readonly Trouble[]) => ({
  also: Object.assign({}, ...kinds.map(({ also }) => also)) as Partial<WorldShape>,
  faults: Object.assign({}, ...kinds.map(({ faults }) => faults)) as Trouble["faults"],
  disasters: kinds.some(({ disasters }) => disasters !== undefined)
    ? (Object.assign({}, ...kinds.map(({ disasters }) => disasters)) as Trouble["disasters"])
    : undefined,
});
