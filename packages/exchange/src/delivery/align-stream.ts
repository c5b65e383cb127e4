import { QianzhiError, type StreamPosition } from "@qianzhi/sdk";
import { beginEpoch, sendAgain } from "../outbox/epoch.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { nameOf, type StreamRow } from "../outbox/stream-table.ts";
import { align, type Alignment, type LocalPosition } from "./alignment.ts";
import type { DeliveryContext } from "./delivery-context.ts";

/** Each round settles one difference; a platform that finds a new one each time does not follow the protocol. */
const MAX_ROUNDS = 5;

/**
 * Brings site and platform to one position: opens the epoch at the platform, queues again what the platform lost, or begins a
 * new epoch and marks a reconciliation owed. Resolves when batches may be sent. Throws QZ_SITE_TAKEN when another instance
 * is in force, having opened nothing.
 */
export async function alignStream(context: DeliveryContext, streamId: number, signal: AbortSignal): Promise<void> {
  const { outbox, target } = context;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const stream = outbox.streamTable.get(streamId);
    if (target.position === undefined) {
      if (stream.opened === 0) await openEpoch(context, stream, stream.base_epoch, signal);
      return;
    }
    const platform = await target.position(nameOf(stream), signal);
    // What sealing did meanwhile does not matter: the comparison reads the tables now, in one go.
    const decision = align(localPosition(context, streamId), platform);
    if (decision.kind === "equal") return;
    if (decision.kind === "open" && (await opened(context, streamId, decision.expected, signal))) return;
    settle(context, streamId, decision, platform);
  }
  throw new QianzhiError("QZ_PROTOCOL", { problem: "the stream's position changes without anything being sent" });
}

function localPosition({ outbox, takeOver }: DeliveryContext, streamId: number): LocalPosition {
  const stream = outbox.streamTable.get(streamId);
  const at = (sequence: number) => outbox.batchTable.at(streamId, stream.epoch, sequence);
  return {
    instance: outbox.store.instance, epoch: stream.epoch, nonce: stream.nonce, opened: stream.opened === 1,
    base: { epoch: stream.base_epoch, digest: stream.base_digest },
    fenceable: stream.opened_before === 1 && !takeOver(streamId),
    digestAt: (sequence) => (sequence === 0 ? stream.nonce : at(sequence)?.digest),
    delivered(sequence) {
      const state = at(sequence)?.state;
      return state === "receipted" || state === "handed";
    },
  };
}

/** False when somebody else opened an epoch meanwhile: the position is asked again. */
async function opened(
  context: DeliveryContext, streamId: number, expected: number, signal: AbortSignal,
): Promise<boolean> {
  try {
    await openEpoch(context, context.outbox.streamTable.get(streamId), expected, signal);
    return true;
  } catch (error) {
    if (QianzhiError.is(error) && (error.code === "QZ_EPOCH_OLD" || error.code === "QZ_SITE_TAKEN")) return false;
    throw error;
  }
}

async function openEpoch(
  { outbox, target }: DeliveryContext, stream: StreamRow, expected: number, signal: AbortSignal,
): Promise<void> {
  const { resource, epoch, nonce } = stream;
  await target.openEpoch?.(
    nameOf(stream), { resource, expected, epoch, instance: outbox.store.instance, nonce }, signal,
  );
  outbox.store.transaction(() => {
    // Sealing never begins an epoch, and one stream is aligned by one runner; a take-over of delivery could, though.
    if (outbox.streamTable.get(stream.id).nonce !== nonce) return;
    outbox.streamTable.markOpened(stream.id);
    outbox.ledger.append("epoch-opened", { pipeline: stream.pipeline, resource, epoch });
  });
}

function settle(
  context: DeliveryContext, streamId: number, decision: Alignment, platform: StreamPosition | undefined,
): void {
  const { outbox, resealable, onVoided } = context;
  const stream = outbox.streamTable.get(streamId);
  if (decision.kind === "taken") throw new QianzhiError("QZ_SITE_TAKEN", { site: stream.site });
  if (decision.kind === "behind" && sendAgain(outbox, streamId, decision.sequence)) return;
  if (decision.kind !== "behind" && decision.kind !== "parted") return;
  const reason = decision.kind === "parted" ? decision.reason : "the platform lost batches whose bytes are erased here";
  beginEpoch(outbox, streamId, {
    above: platform?.epoch ?? 0,
    base: { epoch: platform?.epoch ?? 0, digest: platform?.digest ?? "" },
    reason,
    owed: true,
    // Nothing of an epoch that never was in force anywhere is out of date.
    reseal: () => resealable(stream.pipeline) || stream.opened_before === 0,
  }, onVoided);
}
