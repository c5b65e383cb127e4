import type { Outbox } from "./outbox.ts";

/** Bodies erased in one transaction: each is overwritten, so a step stays in the range of milliseconds. */
const STEP = 16;
/** Rows without a body forgotten in one transaction. */
const ROWS = 256;
/** Closed quarantine entries are kept this long for whoever asks what happened. */
const KEEP_CLOSED_MS = 30 * 24 * 3_600_000;

/**
 * One bounded step of clearing up: bodies of voided batches, of delivered ones past their retention, what is known of such
 * batches, old closed quarantine entries, what the ledger has no room or time for. Answers whether there may be more.
 */
export function clearUp(outbox: Outbox): boolean {
  const { store } = outbox;
  const now = store.world.clock.now();
  return store.transaction(
    () => {
      const retained = Math.floor(now - store.limits.retainDeliveredMs);
      const erased = outbox.batchTable.erase(retained, STEP);
      const ended = outbox.batchTable.forget(retained, ROWS);
      const forgotten = outbox.quarantine.forget(Math.floor(now - KEEP_CLOSED_MS), ROWS);
      if (forgotten > 0) outbox.ledger.append("quarantine-forgotten", { closed: forgotten });
      outbox.quarantine.history.forget();
      const cut = outbox.ledger.cut();
      return erased === STEP || ended === ROWS || forgotten === ROWS || cut > 0;
    },
    { durable: false },
  );
}

/** Pages given back to the disk in one step: each is written to the log first, and there is little room. */
const PAGES = 64;

/**
 * After a full disk: erases delivered bodies, gives the file's free pages back to the disk and sets the reserve aside again.
 * Answers whether it is held, that is, whether sealing may go on.
 */
export async function regainReserve({ store, batchTable }: Outbox): Promise<boolean> {
  const { reserve, database } = store;
  if (reserve.held || (await reserve.restore())) return true;
  const erase = (): number => batchTable.erase(Number.MAX_SAFE_INTEGER, STEP);
  while (store.transaction(erase, { durable: false }) === STEP);
  const free = database.prepare<{ freelist_count: number }>("PRAGMA freelist_count");
  const fold = (): void => database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  fold();
  for (let left = free.get()?.freelist_count ?? 0; left > 0; left -= PAGES) {
    database.exec(`PRAGMA incremental_vacuum(${PAGES})`);
    fold();
  }
  return reserve.restore();
}
