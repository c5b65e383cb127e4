import type { Outbox } from "./outbox.ts";

/** Bodies erased in one transaction: each is overwritten, so a step stays in the range of milliseconds. */
const STEP = 16;
/** Closed quarantine entries are kept this long for whoever asks what happened. */
const KEEP_CLOSED_MS = 30 * 24 * 3_600_000;

/**
 * One bounded step of clearing up: bodies of voided batches, of delivered ones past their retention, old closed quarantine
 * entries. Answers whether there may be more.
 */
export function clearUp(outbox: Outbox): boolean {
  const { store } = outbox;
  const now = store.world.clock.now();
  return store.transaction(() => {
    const erased = outbox.batchTable.erase(Math.floor(now - store.limits.retainDeliveredMs), STEP);
    const forgotten = outbox.quarantine.forget(Math.floor(now - KEEP_CLOSED_MS), STEP * STEP);
    return erased === STEP || forgotten === STEP * STEP;
  }, { durable: false });
}
