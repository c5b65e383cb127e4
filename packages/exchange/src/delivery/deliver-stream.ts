import { QianzhiError } from "@qianzhi/sdk";
import { resealNext } from "../outbox/reseal.ts";
import { alignStream, toldBy, type Told } from "./align-stream.ts";
import { deliverBatch } from "./deliver-batch.ts";
import type { DeliveryContext } from "./delivery-context.ts";

/** A runner serves one stream for this many batches before another stream gets its place. */
const BATCHES_A_TURN = 32;
/** The chain may part while batches are being sent; more often than this in one turn is no accident. */
const MAX_CONFLICTS = 3;

export interface Turn {
  /** Compare positions before anything is sent. */
  readonly align: boolean;
  /** Called after each batch that was answered. */
  readonly onProgress: () => void;
  /** Called when the positions were compared. */
  readonly onAligned: () => void;
}

/**
 * One stream's turn: positions compared where that is due, then batches in order until none waits or the turn is over.
 * What is sealed goes before what is to be sealed again, so that taking a batch apart does not rewrite all that follows it.
 */
export async function deliverStream(
  context: DeliveryContext,
  streamId: number,
  turn: Turn,
  signal: AbortSignal,
): Promise<void> {
  const { outbox } = context;
  let due = turn.align;
  let told: Told | undefined;
  let conflicts = 0;
  for (let sent = 0; sent < BATCHES_A_TURN && !signal.aborted;) {
    const stream = outbox.streamTable.get(streamId);
    if (due || (stream.opened === 0 && stream.sealed_batches > 0)) {
      await alignStream(context, streamId, signal, told);
      turn.onAligned();
      told = undefined;
      due = false;
      continue;
    }
    const batch = outbox.batchTable.nextSealed(streamId);
    if (batch === undefined) {
      if (stream.reseal_batches === 0) return;
      await resealNext(outbox, streamId);
      continue;
    }
    checkQuarantine(context, stream.pipeline);
    try {
      await deliverBatch(context, stream, batch, signal);
      sent += 1;
      turn.onProgress();
    } catch (error) {
      if (!isConflict(error) || ++conflicts > MAX_CONFLICTS) throw error;
      due = true;
      told = toldBy(error);
    }
  }
}

/** Refusals of one more batch are always recorded, so no further batch is sent once the quarantine is full. */
function checkQuarantine({ outbox }: DeliveryContext, pipeline: string): void {
  const limit = outbox.store.limits.maxQuarantined;
  if (outbox.quarantine.count(pipeline) >= limit)
    throw new QianzhiError("QZ_QUARANTINE_FULL", { pipeline, limit });
}

function isConflict(error: unknown): boolean {
  return (
    QianzhiError.is(error) &&
    (error.code === "QZ_CHAIN_CONFLICT" ||
      error.code === "QZ_EPOCH_OLD" ||
      error.code === "QZ_STREAM_UNKNOWN")
  );
}
