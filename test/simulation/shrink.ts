import { simulate, type Outcome } from "./simulate.ts";
import type { Disasters, WorldShape } from "./world-shape.ts";

/** A failing world that was made smaller. */
export interface Shrunk {
  readonly outcome: Outcome;
  /** Worlds that were tried. */
  readonly tried: number;
}

/** Worlds that are tried at most: each takes about a tenth of a second. */
const MOST_TRIES = 150;
/** Chaos is not shortened by less. */
const LEAST_STEP_MS = 50;

type Simplification = (shape: WorldShape) => Partial<WorldShape>;

const withoutFault =
  (name: keyof WorldShape["faults"]): Simplification =>
  ({ faults }) => ({ faults: { ...faults, [name]: name === "down" ? false : 0 } });

const withoutDisaster =
  (kind: keyof Disasters): Simplification =>
  ({ disasters }) =>
    disasters === undefined ? {} : { disasters: { ...disasters, [kind]: undefined } };

/** What a world can do without, what makes its script shorter first. */
const simplifications: readonly Simplification[] = [
  ...(
    [
      "clockMs",
      "platformClockMs",
      "deployMs",
      "shareMs",
      "rivalMs",
      "platformRestoredMs",
      "dataRestoredMs",
      "dataLostMs",
    ] as const
  ).map(withoutDisaster),
  () => ({ crashGapMs: undefined }),
  () => ({ downGapMs: undefined }),
  () => ({ sourceClockMs: undefined }),
  () => ({ refusalGapMs: undefined }),
  () => ({ lateReceiptsMs: undefined }),
  ...(["duplicate", "lostAnswer", "lostRequest", "busy", "fault", "sourceLost"] as const).map(
    withoutFault,
  ),
  withoutFault("sourceDelayMs"),
  () => ({ initialRows: 0 }),
  ({ initialRows }) => ({ initialRows: Math.floor(initialRows / 2) }),
  () => ({ workGapMs: 2_000 }),
  () => ({ compressMs: 0, encoding: "identity" }),
  () => ({ sourceSkewMs: 0 }),
  () => ({ where: false }),
  () => ({ nullableCursor: false }),
  () => ({ onInvalid: "keep" }),
  ({ settleMs }) => ({ longestOpenMs: 0, settleMs }),
  () => ({ pageRows: 5 }),
];

/**
 * Makes a failing world smaller as long as it goes on failing: a shorter time of chaos, fewer kinds of faults, fewer
 * rows. What fails in the end need not be what failed first; it is a violation all the same.
 */
export async function shrink(shape: WorldShape, failed: Outcome): Promise<Shrunk> {
  let [smallest, outcome, tried] = [shape, failed, 0];
  const attempt = async (change: Partial<WorldShape>): Promise<boolean> => {
    const candidate = { ...smallest, ...change };
    if (tried >= MOST_TRIES || JSON.stringify(candidate) === JSON.stringify(smallest)) return false;
    tried += 1;
    const again = await simulate(candidate);
    if (again.violations.length === 0) return false;
    [smallest, outcome] = [candidate, again];
    return true;
  };
  const shorten = async (): Promise<boolean> => {
    let isShorter = false;
    for (let stepMs = smallest.chaosMs / 2; stepMs >= LEAST_STEP_MS;)
      if (await attempt({ chaosMs: Math.ceil(smallest.chaosMs - stepMs) })) isShorter = true;
      else stepMs /= 2;
    return isShorter;
  };
  for (let isSmaller = true; isSmaller;) {
    isSmaller = await shorten();
    for (const simplify of simplifications) if (await attempt(simplify(smallest))) isSmaller = true;
  }
  return { outcome, tried };
}
