import type { Refusal } from "@qianzhi/sdk";
import type { BatchRow } from "../outbox/batch-table.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { changesOf } from "../outbox/receive.ts";
import { nameOf } from "../outbox/stream-table.ts";
import { storedJson } from "../store/stored-json.ts";

/** The platform's answer to one record or delete. `keyText` is a source value: not for logs. */
export interface RecordReceipt {
  /** Pass it as `since` to go on after this receipt. */
  readonly cursor: string;
  readonly pipeline: string;
  readonly resource: string;
  readonly op: "delete" | "upsert";
  readonly keyText: string;
  /** Absent when it was accepted. */
  readonly refusal?: Omit<Refusal, "line">;
  readonly epoch: number;
  readonly sequence: number;
  readonly line: number;
}

/**
 * The answers to single records, in the order in which they arrived here, after `since`. Ends with the last one there is.
 * Batches whose bytes are erased (see `retainDeliveredMs`) are passed over: their refusals are in the quarantine.
 */
export async function* recordReceipts(
  outbox: Outbox,
  since?: string,
): AsyncGenerator<RecordReceipt> {
  const [order = 0, line = 0] = (since ?? "").split("/").map(Number);
  const next = outbox.store.database.prepare<BatchRow>(
    "SELECT * FROM batch WHERE receipt_order > ? AND stored > 0 ORDER BY receipt_order LIMIT 1",
  );
  // The batch in which `since` lies is looked at again, from the line after it.
  for (let after = line > 0 ? order - 1 : order; ;) {
    const batch = next.get(after);
    if (batch === undefined) return;
    const batchOrder = batch.receipt_order ?? after + 1;
    for await (const receipt of receiptsOf(outbox, batch)) {
      if (batchOrder > order || receipt.line > line)
        yield { ...receipt, cursor: `${batchOrder}/${receipt.line}` };
    }
    after = batchOrder;
  }
}

async function* receiptsOf(
  outbox: Outbox,
  batch: BatchRow,
): AsyncGenerator<Omit<RecordReceipt, "cursor">> {
  const { pipeline, resource } = nameOf(outbox.streamTable.get(batch.stream));
  const refusals = new Map(
    (storedJson(batch.refusals ?? "[]") as Refusal[]).map(
      ({ line, ...refusal }) => [line, refusal] as const,
    ),
  );
  for (const { line, op, keyText } of await changesOf(outbox, batch)) {
    const refusal = refusals.get(line);
    yield {
      pipeline,
      resource,
      op,
      keyText,
      epoch: batch.epoch,
      sequence: batch.sequence,
      line,
      ...(refusal === undefined ? {} : { refusal }),
    };
  }
}
