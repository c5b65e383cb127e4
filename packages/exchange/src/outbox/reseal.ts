import { composeBatch, type Composed } from "./batch-bytes.ts";
import type { BatchRow } from "./batch-table.ts";
import { nextManifest, sameHead } from "./chain.ts";
import type { Outbox } from "./outbox.ts";
import { sealedBytes } from "./sealed-bytes.ts";
import type { StreamRow } from "./stream-table.ts";

interface Part {
  readonly composed: Composed;
  readonly digest: string;
  readonly body: Uint8Array;
  readonly place: { readonly ordinal: number; readonly part: number };
}

/**
 * Seals the next batch of an ended epoch again, from its own bytes, into the epoch in force: whole, or in halves when the
 * platform refused it whole. Old batch out and new ones in are one transaction, so a crash repeats or finds it done.
 */
export async function resealNext(outbox: Outbox, streamId: number): Promise<void> {
  const { store, batchTable, streamTable } = outbox;
  const batch = batchTable.nextReseal(streamId);
  if (batch === undefined) return;
  const bytes = await sealedBytes(outbox, batch);
  const stream = streamTable.get(streamId);
  const { encoding } = outbox;
  const parts = await composeParts(outbox, stream, batch, bytes);
  store.transaction(() => {
    const current = batchTable.get(batch.id);
    // Somebody else was quicker: whoever called looks again.
    if (current?.state !== "reseal" || !sameHead(streamTable.get(streamId), stream)) return;
    batchTable.move(batch.id, "voided", `sealed again in epoch ${stream.epoch}`);
    for (const { composed, digest, body, place } of parts) {
      outbox.append(stream, composed, digest, 0);
      batchTable.insert({
        stream,
        composed,
        digest,
        body,
        encoding,
        key: batch.key,
        sourceKeys: batch.source_keys,
        place,
      });
    }
  });
}

async function composeParts(
  outbox: Outbox,
  stream: StreamRow,
  batch: BatchRow,
  bytes: Uint8Array,
): Promise<readonly Part[]> {
  const total = batch.deletes + batch.upserts;
  const cuts = batch.split === 1 ? [0, Math.ceil(total / 2), total] : [0, total];
  const starts = lineStarts(bytes);
  const parts: Part[] = [];
  let head = stream;
  for (const [index, from] of cuts.slice(0, -1).entries()) {
    const to = cuts[index + 1] ?? total;
    const deletes = Math.max(0, Math.min(to, batch.deletes) - from);
    const counts = {
      version: batch.version,
      deletes: { length: deletes },
      upserts: { length: to - from - deletes },
    };
    const lines = [bytes.subarray(starts[from], starts[to])];
    const composed = composeBatch(nextManifest(head, counts), lines, Number.MAX_SAFE_INTEGER);
    const [digest, body] = await Promise.all([
      outbox.compression.sha256(composed.bytes),
      outbox.compression.compress(composed.bytes, outbox.encoding),
    ]);
    parts.push({
      composed,
      digest,
      body,
      place: { ordinal: batch.ordinal, part: batch.part + from },
    });
    head = { ...head, sequence: composed.manifest.sequence, digest };
  }
  return parts;
}

/** Where each change line starts, and where the last one ends. */
function lineStarts(bytes: Uint8Array): readonly number[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1))
    starts.push(at + 1);
  return starts;
}
