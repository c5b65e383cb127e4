import type { Clock, QianzhiError, Random } from "@qianzhi/sdk";
import { retryDelay } from "./backoff.ts";

export interface Failure {
  readonly error: QianzhiError;
  /** Failures in a row. */
  readonly count: number;
  /** Monotonic time of the next attempt. */
  readonly retryAt: number;
}

/** Remembers failures in a row of one thing (the target, a stream) and says when to try again. */
export class Circuit {
  readonly #clock: Clock;
  readonly #random: Random;
  #failure: Failure | undefined;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Milliseconds until the next attempt; 0 when it may be made now. */
  get wait(): number {
    return this.#failure === undefined
      ? 0
      : Math.max(0, this.#failure.retryAt - this.#clock.monotonic());
  }

  fail(error: QianzhiError): void {
    // Streams that were under way when the target failed report the same failure: it counts once.
    if (this.wait > 0) return;
    const count = (this.#failure?.count ?? 0) + 1;
    const retryAt = this.#clock.monotonic() + retryDelay(error, count, this.#random.fraction());
    this.#failure = { error, count, retryAt };
  }

  succeed(): void {
    this.#failure = undefined;
  }
}

/**
 * Why work that waits behind these circuits cannot be done now: one of their errors when none may try again within
 * `patienceMs`, else "busy".
 */
export function reasonToGiveUp(
  circuits: readonly Circuit[],
  patienceMs: number,
): QianzhiError | "busy" {
  const soonest = Math.min(...circuits.map((circuit) => circuit.wait));
  if (circuits.length === 0 || soonest <= Math.max(0, patienceMs)) return "busy";
  return circuits.find((circuit) => circuit.failure !== undefined)?.failure?.error ?? "busy";
}
