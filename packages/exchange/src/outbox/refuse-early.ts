import type { Refusal } from "@qianzhi/sdk";
import type { Outbox } from "./outbox.ts";
import {
  changesOf,
  eventOf,
  isOver,
  laterKeys,
  openRefused,
  refusedChanges,
  toldLines,
  type OnReceipt,
} from "./receive.ts";
import { storedJson } from "../store/stored-json.ts";

/**
 * Records refusals of a batch that is handed over and has no receipt yet, so that nobody waits for days to see them: they go
 * to quarantine at once, and the receipt, which names them again, changes nothing of them. Lines that were told before, or
 * that the batch does not have, are passed over.
 */
export async function refuseEarly(
  outbox: Outbox,
  batchId: number,
  refusals: readonly Refusal[],
  onReceipt?: OnReceipt,
): Promise<void> {
  const { store, batchTable, streamTable } = outbox;
  const batch = batchTable.get(batchId);
  if (batch === undefined || isOver(batch)) return;
  const stream = streamTable.get(batch.stream);
  const changes = await changesOf(outbox, batch);
  const superseded = await laterKeys(outbox, batch);
  store.transaction(() => {
    const current = batchTable.get(batchId);
    if (current === undefined || isOver(current)) return;
    const told = toldLines(current);
    const news = refusedChanges(batch, refusals, changes).filter(({ line }) => !told.has(line));
    if (news.length === 0) return;
    openRefused(
      outbox,
      stream,
      batch,
      news.filter(({ keyText }) => !superseded.has(keyText)),
    );
    const known = storedJson(current.refusals ?? "[]") as readonly Refusal[];
    const lines = new Set(news.map(({ line }) => line));
    batchTable.refusedEarly(
      batchId,
      JSON.stringify([...known, ...refusals.filter(({ line }) => lines.has(line))]),
    );
    const { epoch, sequence, digest } = batch;
    outbox.ledger.append("refused-early", {
      pipeline: stream.pipeline,
      epoch,
      sequence,
      digest,
      refused: news.length,
    });
    onReceipt?.(eventOf(stream, batch, 0, news));
  });
}
