import { QianzhiError, type EarlyRefusals, type Receipt, type Target } from "@qianzhi/sdk";
import type { BatchRow } from "../outbox/batch-table.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { receive, type OnReceipt } from "../outbox/receive.ts";
import { refuseEarly } from "../outbox/refuse-early.ts";

/**
 * Fetches receipts that come later and records them, page by page from where the last page ended. Receipts of batches that
 * this directory does not hold are passed over. A crash between pages fetches one again, which changes nothing.
 *
 * A receipt of a batch that is still to come here, in the epoch in force, was given to a copy of this directory. The same
 * may be sealed here yet, byte for byte, and would wait for its receipt for ever: the place in the list is not kept beyond.
 *
 * A receipt that does not fit its batch is passed over too, so that it holds up no other: its batch goes on waiting, and the
 * first such error is thrown when everything else is recorded.
 */
export async function collectReceipts(
  outbox: Outbox,
  target: Target,
  onReceipt: OnReceipt | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (target.receipts === undefined) return;
  let doubtful: QianzhiError | undefined;
  const sites = new Set(outbox.streamTable.all().map((stream) => stream.site));
  for (const site of sites) {
    const cursor = cursorOf(target, site);
    let since = outbox.store.settings.get(cursor) || undefined;
    let isKept = true;
    for (;;) {
      const page = await target.receipts(site, since, signal);
      const { refusals = [] } = page;
      // Those of a page came before its receipts.
      for (const early of refusals) {
        const batch = batchOf(outbox, early);
        if (batch !== undefined) await refuseEarly(outbox, batch.id, early.refused, onReceipt);
      }
      for (const receipt of page.receipts) {
        const batch = batchOf(outbox, receipt);
        if (batch === undefined) {
          if (isStillToCome(outbox, receipt)) isKept = false;
          continue;
        }
        try {
          await receive(outbox, batch.id, receipt, onReceipt);
        } catch (error) {
          if (!QianzhiError.is(error) || error.code !== "QZ_PROTOCOL") throw error;
          doubtful ??= error;
          noteDoubt(outbox, receipt, error);
        }
      }
      if (page.receipts.length + refusals.length === 0 || page.next === since) break;
      since = page.next;
      if (isKept)
        outbox.store.transaction(() => outbox.store.settings.set(cursor, page.next), {
          durable: false,
        });
    }
  }
  if (doubtful !== undefined) throw doubtful;
}

/**
 * Asks for all receipts anew, page by page: a platform that was restored counts them from an earlier one again. In the
 * caller's transaction if there is one.
 */
export const collectFromStart = ({ store }: Outbox, target: Target, site: string): void =>
  store.settings.set(cursorOf(target, site), "");

const cursorOf = ({ kind }: Target, site: string): string => `receipts/${kind}/${site}`;

function noteDoubt({ store }: Outbox, receipt: Receipt, { code }: QianzhiError): void {
  const { pipeline, epoch, sequence } = receipt;
  store.world.log.error("receipt-not-believed", { pipeline, epoch, sequence, code });
}

const isStillToCome = ({ streamTable }: Outbox, receipt: Receipt): boolean =>
  streamTable
    .all()
    .some(
      ({ site, pipeline, epoch, sequence }) =>
        site === receipt.site &&
        pipeline === receipt.pipeline &&
        epoch === receipt.epoch &&
        sequence < receipt.sequence,
    );

/** A receipt does not name the resource; the digest tells which of the pipeline's streams it belongs to. */
function batchOf(outbox: Outbox, receipt: EarlyRefusals | Receipt): BatchRow | undefined {
  for (const stream of outbox.streamTable.all()) {
    if (stream.site !== receipt.site || stream.pipeline !== receipt.pipeline) continue;
    const batch = outbox.batchTable.at(stream.id, receipt.epoch, receipt.sequence);
    if (batch?.digest === receipt.digest) return batch;
  }
  return undefined;
}
