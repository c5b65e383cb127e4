/** What goes wrong in a world, each with its probability a call unless it says otherwise. All zero: nothing does. */
export interface Faults {
  sourceLost: number;
  /** Milliseconds that a call to the source takes on either side of its look, at most. */
  sourceDelayMs: number;
  lostRequest: number;
  lostAnswer: number;
  duplicate: number;
  busy: number;
  fault: number;
  /** The platform cannot be reached. */
  down: boolean;
}

/** Ends everything that goes wrong; the world stays as slow as it was. */
export function heal(faults: Faults): void {
  Object.assign(faults, {
    sourceLost: 0,
    lostRequest: 0,
    lostAnswer: 0,
    duplicate: 0,
    busy: 0,
    fault: 0,
    down: false,
  });
}
