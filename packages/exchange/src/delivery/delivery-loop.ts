import { QianzhiError, type TargetCapabilities } from "@qianzhi/sdk";
import type { StreamRow } from "../outbox/stream-table.ts";
import { isTargetWide } from "./backoff.ts";
import { Circuit, reasonToGiveUp } from "./circuit.ts";
import { deliverStream } from "./deliver-stream.ts";
import type { Delivery, DeliveryLimits, DeliveryOptions, DeliveryState } from "./delivery.ts";
import { askCapabilities } from "./ask-capabilities.ts";
import { Housekeeping } from "./housekeeping.ts";
import type { Lane } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { ReceiptCollector } from "./receipt-collector.ts";
import { makeRoom, typed } from "./store-errors.ts";
import type { DeliveryContext } from "./delivery-context.ts";
import { Signal } from "./signal.ts";

/** Nobody sees it: the reason that would be made otherwise takes longer than the rest of an idle round. */
const OVER = "over";

/**
 * Schedules turns. Each round starts a runner for every stream that has something to do and may try, then sleeps until a
 * batch is sealed, a runner ends, or the next attempt is due. While the target as a whole has failed nothing is started;
 * when its wait is over one runner goes first, and the others follow when it succeeds.
 */
export class DeliveryLoop implements Delivery {
  readonly #options: DeliveryOptions;
  readonly #limits: DeliveryLimits;
  readonly #target: Circuit;
  readonly #receipts: ReceiptCollector;
  readonly #housekeeping: Housekeeping;
  readonly #lanes: Lanes;
  readonly #wake = new Signal();
  readonly #moved = new Signal();
  readonly #takenOver = new Set<number>();
  #capabilities: TargetCapabilities | undefined;
  #taken: QianzhiError | undefined;
  #abort: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();
  #runners = new Set<Promise<void>>();
  #turn = 0;
  #progressAt = 0;

  constructor(options: DeliveryOptions, limits: DeliveryLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#target = new Circuit(options.world.clock, options.world.random);
    this.#lanes = new Lanes(options, limits);
    this.#receipts = new ReceiptCollector(options, limits.receiptsEveryMs);
    this.#housekeeping = new Housekeeping(options.outbox);
  }

  start(): void {
    if (this.#abort !== undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#progressAt = this.#now();
    const unsubscribe = this.#options.outbox.onSealed(() => this.#wake.fire());
    this.#loop = this.#run(abort.signal).finally(unsubscribe);
  }

  async stop(): Promise<void> {
    const abort = this.#abort;
    if (abort === undefined) return;
    abort.abort();
    this.#wake.fire();
    await this.#loop;
    await Promise.all(this.#runners);
    if (this.#abort === abort) this.#abort = undefined;
    this.#moved.fire();
  }

  async drain(signal?: AbortSignal): Promise<void> {
    const own = this.#abort === undefined;
    this.start();
    this.#progressAt = this.#now();
    this.#receipts.askAgain();
    try {
      for (;;) {
        if (signal?.aborted === true || this.#abort === undefined) {
          throw new QianzhiError("QZ_CANCELLED", { operation: "drain" });
        }
        if (this.#taken !== undefined) throw this.#taken;
        const moved = this.#moved.next(signal);
        const outcome = this.#drained();
        if (outcome === "done") return;
        if (outcome !== "busy") throw outcome;
        await moved;
      }
    } finally {
      if (own) await this.stop();
    }
  }

  state(): DeliveryState {
    const { failure } = this.#target;
    const receipts = this.#receipts.failure;
    return {
      running: this.#abort !== undefined,
      ...(this.#capabilities === undefined ? {} : { capabilities: this.#capabilities }),
      ...(failure === undefined
        ? {}
        : {
            target: { error: failure.error, failures: failure.count, retryInMs: this.#target.wait },
          }),
      ...(receipts === undefined
        ? {}
        : { receipts: { error: receipts.error, retryInMs: this.#receipts.wait } }),
      ...(this.#taken === undefined ? {} : { taken: this.#taken }),
      streams: this.#lanes.failures(),
    };
  }

  #drained(): "busy" | "done" | QianzhiError {
    if (this.#runners.size > 0) return "busy";
    const rows = this.#options.outbox.streamTable.all();
    const open = rows.filter((row) => this.#lanes.hasWork(row, this.#canAsk));
    if (open.length === 0 && !this.#receipts.isUnasked(rows)) return "done";
    const circuits =
      this.#target.wait > 0 ? [this.#target] : open.map((row) => this.#lanes.of(row).circuit);
    return reasonToGiveUp(
      circuits,
      this.#limits.drainPatienceMs - (this.#now() - this.#progressAt),
    );
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { timers } = this.#options.world;
    while (!signal.aborted) {
      const woken = this.#wake.next();
      const ms = this.#round(signal);
      this.#moved.fire();
      const sleep = new AbortController();
      await Promise.race([woken, timers.sleep(ms, sleep.signal)]);
      sleep.abort(OVER);
    }
  }

  /** Starts what may start; answers how long to sleep at most. */
  #round(signal: AbortSignal): number {
    if (this.#taken !== undefined) return this.#limits.alignEveryMs;
    try {
      const ms = this.#housekeeping.step();
      return Math.min(this.#startRunners(signal), ms);
    } catch (error) {
      // The store itself failed: look again later.
      if (!makeRoom(this.#options.outbox.store, typed(error))) this.#target.fail(typed(error));
      return Math.max(this.#target.wait, 1);
    }
  }

  #startRunners(signal: AbortSignal): number {
    const { pollMs, maxStreams } = this.#limits;
    if (this.#target.wait > 0) return Math.min(pollMs, this.#target.wait);
    const places =
      this.#target.failure === undefined && this.#capabilities !== undefined ? maxStreams : 1;
    const rows = this.#options.outbox.streamTable.all();
    if (this.#runners.size < places && this.#receipts.isDue(rows))
      this.#track(this.#collect(signal));
    for (const row of this.#lanes.ready(rows, this.#canAsk)) {
      if (this.#runners.size >= places) break;
      this.#track(this.#serve(row, signal));
    }
    return Math.min(pollMs, this.#lanes.soonest(rows));
  }

  get #canAsk(): boolean {
    return this.#options.target.position !== undefined && this.#capabilities?.position !== false;
  }

  #track(work: Promise<void>): void {
    const runner = work.finally(() => {
      this.#runners.delete(runner);
      this.#wake.fire();
    });
    this.#runners.add(runner);
  }

  async #serve(row: StreamRow, signal: AbortSignal): Promise<void> {
    const lane = this.#lanes.of(row);
    lane.running = true;
    lane.servedAt = ++this.#turn;
    try {
      const context = await this.#context(signal);
      await deliverStream(
        context,
        row.id,
        {
          align: this.#lanes.isAlignmentDue(row, this.#canAsk),
          onAligned: () => {
            lane.alignedAt = this.#now();
            this.#takenOver.add(row.id);
          },
          onProgress: () => this.#progressed(lane),
        },
        signal,
      );
      this.#progressed(lane);
    } catch (error) {
      if (!signal.aborted) this.#failed(lane, typed(error));
    } finally {
      lane.running = false;
    }
  }

  #progressed(lane: Lane): void {
    lane.circuit.succeed();
    this.#target.succeed();
    this.#progressAt = this.#now();
  }

  #failed(lane: Lane, error: QianzhiError): void {
    const { store } = this.#options.outbox;
    if (makeRoom(store, error)) return;
    store.noticeDamage(error);
    this.#options.world.log.warn("delivery-failed", {
      pipeline: lane.stream.pipeline,
      error,
    });
    // What the target can do may have changed by the time it is back, or was misunderstood.
    if (isTargetWide(error) || error.code === "QZ_REQUEST_INVALID") this.#capabilities = undefined;
    if (error.code === "QZ_SITE_TAKEN") this.#taken = error;
    else if (isTargetWide(error)) this.#target.fail(error);
    else lane.circuit.fail(error);
  }

  async #context(signal: AbortSignal): Promise<DeliveryContext> {
    const { outbox, target, mayLeave, resealable, takeOver } = this.#options;
    const { onReceipt, onVoided, onWithheld } = this.#options;
    this.#capabilities ??= await askCapabilities(this.#options, signal);
    return {
      outbox,
      target,
      capabilities: this.#capabilities,
      onReceipt,
      onVoided,
      onWithheld,
      mayLeave: mayLeave ?? (() => undefined),
      resealable: resealable ?? (() => false),
      takeOver: (id) => takeOver === true && !this.#takenOver.has(id),
    };
  }

  async #collect(signal: AbortSignal): Promise<void> {
    try {
      await this.#receipts.collect(signal);
      this.#target.succeed();
    } catch (error) {
      if (!signal.aborted) this.#receiptsFailed(typed(error));
    }
  }

  #receiptsFailed(error: QianzhiError): void {
    const { store } = this.#options.outbox;
    if (makeRoom(store, error)) return this.#receipts.askAgain();
    store.noticeDamage(error);
    this.#options.world.log.warn("receipts-failed", { code: error.code });
    if (isTargetWide(error)) this.#target.fail(error);
  }

  #now(): number {
    return this.#options.world.clock.monotonic();
  }
}
