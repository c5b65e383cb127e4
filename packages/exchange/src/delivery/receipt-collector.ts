import type { StreamRow } from "../outbox/stream-table.ts";
import { Circuit, type Failure } from "./circuit.ts";
import { collectReceipts } from "./collect-receipts.ts";
import type { DeliveryOptions } from "./delivery.ts";
import { typed } from "./store-errors.ts";

/**
 * Asks for receipts that come later, now and then, for as long as batches are handed over without one. What goes wrong with
 * receipts holds no batch up: the collector has a circuit of its own.
 */
export class ReceiptCollector {
  readonly #options: DeliveryOptions;
  readonly #everyMs: number;
  readonly #circuit: Circuit;
  #askedAt: number | undefined;

  constructor(options: DeliveryOptions, everyMs: number) {
    this.#options = options;
    this.#everyMs = everyMs;
    this.#circuit = new Circuit(options.world.clock, options.world.random);
  }

  get failure(): Failure | undefined {
    return this.#circuit.failure;
  }

  get wait(): number {
    return this.#circuit.wait;
  }

  /** Asks at the next opportunity, however short ago it was and whatever came of it. */
  askAgain(): void {
    this.#askedAt = undefined;
    this.#circuit.succeed();
  }

  /** Batches are handed over, and the target was not asked about them since `askAgain`. */
  isUnasked(rows: readonly StreamRow[]): boolean {
    return this.#isAwaited(rows) && this.#askedAt === undefined;
  }

  isDue(rows: readonly StreamRow[]): boolean {
    if (!this.#isAwaited(rows) || this.#circuit.wait > 0) return false;
    return this.#askedAt === undefined || this.#now() - this.#askedAt >= this.#everyMs;
  }

  /** Throws what the target or the store throws. */
  async collect(signal: AbortSignal): Promise<void> {
    const { outbox, target, onReceipt } = this.#options;
    this.#askedAt = this.#now();
    try {
      await collectReceipts(outbox, target, onReceipt, signal);
      this.#circuit.succeed();
    } catch (error) {
      if (!signal.aborted) this.#circuit.fail(typed(error));
      throw error;
    }
  }

  #isAwaited(rows: readonly StreamRow[]): boolean {
    return (
      this.#options.target.receipts !== undefined && rows.some((row) => row.handed_batches > 0)
    );
  }

  #now(): number {
    return this.#options.world.clock.monotonic();
  }
}
