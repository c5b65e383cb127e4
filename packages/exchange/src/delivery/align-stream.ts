import { QianzhiError, type StreamPosition } from "@qianzhi/sdk";
import { beginEpoch, sendAgain } from "../outbox/epoch.ts";
import { instancesOf } from "../outbox/stream-instance.ts";
import { nameOf } from "../outbox/stream-table.ts";
import { collectFromStart } from "./collect-receipts.ts";
import { align, type Alignment, type LocalPosition } from "./alignment.ts";
import type { DeliveryContext } from "./delivery-context.ts";

/** Where the platform said it stands when it refused something; it names no position of a stream that it does not know. */
export interface Told {
  readonly position: StreamPosition | undefined;
}

/** Each round settles one difference; a platform that finds a new one each time does not follow the protocol. */
const MAX_ROUNDS = 5;

/**
 * Brings site and platform to one position: opens the epoch at the platform, queues again what the platform lost, or begins a
 * new epoch and marks a reconciliation owed. Resolves when batches may be sent. Throws QZ_SITE_TAKEN when another instance
 * is in force, having opened nothing. `conflict` is where the platform said it stands when it refused something: all that
 * is to be had from one that cannot be asked.
 */
export async function alignStream(
  context: DeliveryContext,
  streamId: number,
  signal: AbortSignal,
  conflict?: Told,
): Promise<void> {
  let told = conflict;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const platform = await askPosition(context, streamId, told, signal);
    told = undefined;
    // What sealing did meanwhile does not matter: the comparison reads the tables now, in one go.
    const decision = align(localPosition(context, streamId), platform);
    if (decision.kind === "equal") return;
    if (decision.kind === "open") {
      const refusal = await openEpoch(context, streamId, decision.expected, signal);
      if (refusal === undefined) return;
      told = toldBy(refusal);
      const fenced = refusal.code === "QZ_SITE_TAKEN" && told.position === undefined;
      if (fenced && !canAsk(context)) throw refusal;
    } else settle(context, streamId, decision, platform);
  }
  throw new QianzhiError("QZ_PROTOCOL", {
    problem: {
      en: "the stream's position changes without anything being sent",
      zh: "未发送任何内容，位点却发生变化",
    },
  });
}

/** What an error of the platform says about its position. */
export function toldBy(error: unknown): Told {
  const position = QianzhiError.is(error) ? error.details["position"] : undefined;
  return { position: position as StreamPosition | undefined };
}

function canAsk({ target, capabilities }: DeliveryContext): boolean {
  return target.position !== undefined && capabilities.position;
}

/** Where the platform stands; where this site believes it to stand when it can neither be asked nor has told. */
async function askPosition(
  context: DeliveryContext,
  streamId: number,
  told: Told | undefined,
  signal: AbortSignal,
): Promise<StreamPosition | undefined> {
  const { outbox, target } = context;
  const stream = outbox.streamTable.get(streamId);
  if (canAsk(context)) return target.position?.(nameOf(stream), signal);
  if (told !== undefined) return told.position;
  const instance = instancesOf(outbox.store, stream).at(-1)!;
  const { epoch, nonce, sequence, digest, base_epoch: baseEpoch, base_digest: baseDigest } = stream;
  if (stream.opened === 0) {
    return baseEpoch === 0
      ? undefined
      : { epoch: baseEpoch, instance, nonce: "", sequence: 0, digest: baseDigest };
  }
  const next = outbox.batchTable.nextSealed(streamId);
  if (next === undefined) return { epoch, instance, nonce, sequence, digest };
  return { epoch, instance, nonce, sequence: next.sequence - 1, digest: next.predecessor };
}

function localPosition({ outbox, takeOver }: DeliveryContext, streamId: number): LocalPosition {
  const stream = outbox.streamTable.get(streamId);
  const at = (sequence: number) => outbox.batchTable.at(streamId, stream.epoch, sequence);
  return {
    instances: instancesOf(outbox.store, stream),
    epoch: stream.epoch,
    nonce: stream.nonce,
    opened: stream.opened === 1,
    base: { epoch: stream.base_epoch, digest: stream.base_digest },
    fenceable: stream.opened_before === 1 && !takeOver(streamId),
    digestAt: (sequence) => (sequence === 0 ? stream.nonce : at(sequence)?.digest),
    delivered(sequence) {
      const state = at(sequence)?.state;
      return state === "receipted" || state === "handed";
    },
  };
}

/** The platform's refusal when somebody else opened an epoch meanwhile. */
async function openEpoch(
  { outbox, target }: DeliveryContext,
  streamId: number,
  expected: number,
  signal: AbortSignal,
): Promise<QianzhiError | undefined> {
  const stream = outbox.streamTable.get(streamId);
  const { resource, epoch, nonce } = stream;
  try {
    await target.openEpoch?.(
      nameOf(stream),
      { resource, expected, epoch, instance: instancesOf(outbox.store, stream).at(-1)!, nonce },
      signal,
    );
  } catch (error) {
    if (QianzhiError.is(error) && (error.code === "QZ_EPOCH_OLD" || error.code === "QZ_SITE_TAKEN"))
      return error;
    throw error;
  }
  outbox.store.transaction(() => {
    // Sealing never begins an epoch, and one stream is aligned by one runner; a take-over of delivery could, though.
    if (outbox.streamTable.get(streamId).nonce !== nonce) return;
    outbox.streamTable.markOpened(streamId);
    outbox.ledger.append("epoch-opened", { pipeline: stream.pipeline, resource, epoch });
  });
  return undefined;
}

function settle(
  context: DeliveryContext,
  streamId: number,
  decision: Alignment,
  platform: StreamPosition | undefined,
): void {
  const { outbox, target, resealable, onVoided } = context;
  const stream = outbox.streamTable.get(streamId);
  if (decision.kind === "taken") throw new QianzhiError("QZ_SITE_TAKEN", { site: stream.site });
  collectFromStart(outbox, target, stream.site);
  if (decision.kind === "behind" && sendAgain(outbox, streamId, decision)) return;
  if (decision.kind !== "behind" && decision.kind !== "parted") return;
  const reason =
    decision.kind === "parted"
      ? decision.reason
      : "the platform lost batches whose bytes are erased here";
  beginEpoch(
    outbox,
    streamId,
    {
      above: platform?.epoch ?? 0,
      base: { epoch: platform?.epoch ?? 0, digest: platform?.digest ?? "" },
      reason,
      owed: true,
      renamed: true,
      // Nothing of an epoch that never was in force anywhere is out of date.
      reseal: () => resealable(stream.pipeline) || stream.opened_before === 0,
    },
    onVoided,
  );
}
