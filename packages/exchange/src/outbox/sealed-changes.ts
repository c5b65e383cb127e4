import type { StreamName } from "@qianzhi/sdk";
import type { BatchChange } from "./batch-bytes.ts";
import type { BatchRow } from "./batch-table.ts";
import type { Outbox } from "./outbox.ts";
import { changesOf } from "./receive.ts";
import { resealNext } from "./reseal.ts";

/** A batch as it was sealed. */
export interface SealedChanges {
  readonly epoch: number;
  readonly sequence: number;
  /** Undefined when its bytes are erased. Key and record texts are source values: not for logs. */
  readonly changes: readonly Pick<BatchChange, "keyText" | "recordText">[] | undefined;
}

/**
 * What was sealed of a stream and not voided, the last batch first, for as long as batches are kept. Nothing may be
 * sealed meanwhile.
 */
export async function* sealedChanges(
  outbox: Outbox,
  stream: StreamName,
): AsyncGenerator<SealedChanges, void> {
  const { streamTable, store } = outbox;
  const id = streamTable.find(stream)?.id;
  if (id === undefined) return;
  // Batches of an ended epoch have no place in the order before they are sealed again.
  while (streamTable.get(id).reseal_batches > 0) await resealNext(outbox, id);
  const before = store.database.prepare<BatchRow>(
    `SELECT * FROM batch WHERE stream = ? AND (epoch, sequence) < (?, ?) AND state <> 'voided'
     ORDER BY epoch DESC, sequence DESC LIMIT 1`,
  );
  let batch = before.get(id, Number.MAX_SAFE_INTEGER, 0);
  while (batch !== undefined) {
    const { epoch, sequence, stored } = batch;
    yield { epoch, sequence, changes: stored === 0 ? undefined : await changesOf(outbox, batch) };
    batch = before.get(id, epoch, sequence);
  }
}
