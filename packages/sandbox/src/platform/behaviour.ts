/** How the sandbox misbehaves, so that a client's handling of it can be tried. All members are off when absent. */
export interface Faults {
  /** Which requests below /v1/exchange are hit: those that write (default), or reads too. */
  readonly on?: "writes" | "all";
  /** The answer is held back so long, after the request has been carried out. */
  readonly slowMs?: number;
  /** The next `count` requests are answered with this status, untouched. */
  readonly rejectNext?: {
    readonly count: number;
    readonly status: 429 | 500 | 503;
    readonly retryAfterSeconds?: number;
  };
  /** The connection of the next so many requests is cut before the request is carried out. */
  readonly dropBefore?: number;
  /** The connection of the next so many requests is cut after the request was carried out. */
  readonly dropAfter?: number;
  /** Key texts of records that are refused. */
  readonly refuseKeys?: readonly string[];
  /** Every n-th record is refused. */
  readonly refuseEvery?: number;
  /** Such refusals are temporary. Default false. */
  readonly temporary?: boolean;
  /** Key texts of records whose changes are accepted, and lost. */
  readonly loseKeys?: readonly string[];
  /** Batches are answered with 202, and their receipts appear so much later. */
  readonly lateReceiptsMs?: number;
  /** Offers no generations, and refuses their batches. */
  readonly noGenerations?: boolean;
}

/** What happens to one request. */
export type Fate =
  | { readonly kind: "answer"; readonly slowMs: number }
  | {
      readonly kind: "reject";
      readonly status: 429 | 500 | 503;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: "drop-before" }
  | { readonly kind: "drop-after" };

/** The faults in force; the counting ones count down as requests come. */
export class Behaviour {
  #faults: Faults = {};
  #lost: ReadonlySet<string> = new Set();
  #refused: ReadonlySet<string> = new Set();
  #records = 0;

  constructor(faults: Faults = {}) {
    this.set(faults);
  }

  get faults(): Faults {
    return this.#faults;
  }

  /** Replaces all faults; `{}` makes the platform behave. */
  set(faults: Faults): void {
    this.#faults = faults;
    this.#lost = new Set(faults.loseKeys);
    this.#refused = new Set(faults.refuseKeys);
    this.#records = 0;
  }

  /** Decides about a request below /v1/exchange. */
  next(writes: boolean): Fate {
    const { on = "writes", slowMs = 0, rejectNext, dropBefore = 0, dropAfter = 0 } = this.#faults;
    if (on === "writes" && !writes) return { kind: "answer", slowMs: 0 };
    if (dropBefore > 0) {
      this.#faults = { ...this.#faults, dropBefore: dropBefore - 1 };
      return { kind: "drop-before" };
    }
    if (rejectNext !== undefined && rejectNext.count > 0) {
      this.#faults = {
        ...this.#faults,
        rejectNext: { ...rejectNext, count: rejectNext.count - 1 },
      };
      return { kind: "reject", ...rejectNext };
    }
    if (dropAfter > 0) {
      this.#faults = { ...this.#faults, dropAfter: dropAfter - 1 };
      return { kind: "drop-after" };
    }
    return { kind: "answer", slowMs };
  }

  /** Whether a change of this key is to be accepted without being applied. */
  loses(keyText: string): boolean {
    return this.#lost.has(keyText);
  }

  /** Whether the record of this key is to be refused, and how. */
  refuses(keyText: string): { readonly temporary: boolean } | undefined {
    const { refuseEvery = 0, temporary = false } = this.#faults;
    this.#records += 1;
    const hit =
      this.#refused.has(keyText) || (refuseEvery > 0 && this.#records % refuseEvery === 0);
    return hit ? { temporary } : undefined;
  }
}
