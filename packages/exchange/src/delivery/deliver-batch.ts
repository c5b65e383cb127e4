import { QianzhiError, reasonTexts, type RefusalReason, type SealedBatch } from "@qianzhi/sdk";
import { generationOf, manifestOf, type BatchRow } from "../outbox/batch-table.ts";
import { beginEpoch } from "../outbox/epoch.ts";
import { withholdWaiting } from "../outbox/withhold.ts";
import { changesOf, eventOf, receive } from "../outbox/receive.ts";
import { sealedBytes } from "../outbox/sealed-bytes.ts";
import { nameOf, type StreamRow } from "../outbox/stream-table.ts";
import type { DeliveryContext } from "./delivery-context.ts";

/**
 * Sends one batch and records the answer. A batch that may not leave is voided; one that the platform refuses whole is taken
 * apart. Both end the epoch. Throws what the target throws.
 */
export async function deliverBatch(
  context: DeliveryContext,
  stream: StreamRow,
  batch: BatchRow,
  signal: AbortSignal,
): Promise<void> {
  const { outbox, target } = context;
  // A batch of deletes alone withdraws what the platform has, and may always leave.
  const denied = shares(batch) ? context.mayLeave(stream.resource, batch.version) : undefined;
  if (denied !== undefined) {
    withhold(context, stream, denied);
    outbox.store.world.log.warn("batches-withheld", { ...nameOf(stream), code: denied.code });
    return;
  }
  if (batch.generation !== null && !context.capabilities.generations)
    throw new QianzhiError("QZ_GENERATIONS_UNSUPPORTED", { pipeline: stream.pipeline });
  try {
    const delivery = await target.deliver(await wrapped(context, stream, batch), signal);
    if ("receipt" in delivery) await receive(outbox, batch.id, delivery.receipt, context.onReceipt);
    else handOver(context, stream, batch);
  } catch (error) {
    if (QianzhiError.is(error) && error.code === "QZ_POLICY_WITHHELD")
      return withholdAsTold(context, stream, batch, error);
    if (!isRefusedWhole(error)) throw error;
    await takeApart(context, stream, batch, error);
  }
}

/** A commit holds no record, and makes those of its parts visible. */
function shares(batch: BatchRow): boolean {
  const generation = generationOf(batch);
  return batch.upserts > 0 || (generation?.step === "commit" && generation.count > 0);
}

/** The stored body as it is, or wrapped anew when the target cannot take its encoding. */
async function wrapped(
  { outbox, capabilities }: DeliveryContext,
  stream: StreamRow,
  batch: BatchRow,
): Promise<SealedBatch> {
  const limit = capabilities.maxBatchBytes;
  if (batch.bytes > limit)
    throw new QianzhiError("QZ_BATCH_TOO_LARGE", { limit, bytes: batch.bytes });
  const stored = outbox.batchTable.body(batch.id);
  if (stored === undefined)
    throw new QianzhiError("QZ_STORE_CORRUPT", { path: outbox.store.directory });
  const common = {
    manifest: manifestOf(stream, batch),
    digest: batch.digest,
    uncompressedBytes: batch.bytes,
  };
  if (capabilities.encodings.includes(batch.encoding))
    return { ...common, encoding: batch.encoding, body: stored };
  const bytes = await sealedBytes(outbox, batch);
  const encoding =
    capabilities.encodings.find((each) => outbox.compression.encodings.includes(each)) ??
    "identity";
  return { ...common, encoding, body: await outbox.compression.compress(bytes, encoding) };
}

function handOver({ outbox }: DeliveryContext, stream: StreamRow, batch: BatchRow): void {
  outbox.store.transaction(() => {
    if (outbox.batchTable.get(batch.id)?.state !== "sealed") return;
    outbox.batchTable.move(batch.id, "handed", null);
    outbox.ledger.append("handed-over", {
      pipeline: stream.pipeline,
      epoch: batch.epoch,
      sequence: batch.sequence,
    });
  });
}

/** Every waiting batch that may not leave is voided; those that may are sealed again if nothing can read them again. */
function withhold(context: DeliveryContext, stream: StreamRow, denied: QianzhiError): void {
  const { outbox, mayLeave, resealable, onVoided } = context;
  withholdWaiting(outbox, stream.id, {
    denied,
    reseal: (version) =>
      resealable(stream.pipeline) && mayLeave(stream.resource, version) === undefined,
    onVoided,
  });
}

/** The platform knows of a share that has ended, and this site does not yet: nothing of the version is sent again. */
function withholdAsTold(
  { outbox, resealable, onVoided, onWithheld }: DeliveryContext,
  stream: StreamRow,
  { version: refused }: BatchRow,
  denied: QianzhiError,
): void {
  const name = nameOf(stream);
  outbox.store.transaction(() => {
    onWithheld?.(name, refused, denied);
    withholdWaiting(outbox, stream.id, {
      denied,
      reseal: (version) => resealable(stream.pipeline) && version !== refused,
      onVoided,
    });
  });
  outbox.store.world.log.warn("platform-withholds", { ...name, code: denied.code });
}

function isRefusedWhole(error: unknown): error is QianzhiError {
  return (
    QianzhiError.is(error) &&
    (error.code === "QZ_BATCH_TOO_LARGE" || error.code === "QZ_BATCH_REFUSED")
  );
}

/**
 * The platform will never take this batch. A new epoch seals its changes again in halves, and everything after it in order;
 * a change that stands alone goes to quarantine, and the epoch goes on without it.
 */
async function takeApart(
  context: DeliveryContext,
  stream: StreamRow,
  batch: BatchRow,
  refusal: QianzhiError,
): Promise<void> {
  const { outbox, onReceipt, onVoided } = context;
  const plan = { above: 0, reason: refusal.code, owed: false, reseal: () => true };
  // The site reads the content again: parts cannot be taken out of a generation.
  if (batch.generation !== null) return beginEpoch(outbox, stream.id, plan, onVoided);
  if (batch.deletes + batch.upserts > 1) {
    beginEpoch(outbox, stream.id, { ...plan, split: batch.id }, onVoided);
    return;
  }
  const [change] = await changesOf(outbox, batch);
  if (change === undefined)
    throw new QianzhiError("QZ_STORE_CORRUPT", { path: outbox.store.directory });
  const reasons: readonly RefusalReason[] = [
    { code: refusal.code, message: reasonTexts.QZ_BATCH_REFUSED.en },
  ];
  const { epoch, sequence, ordinal } = batch;
  outbox.store.transaction(() => {
    outbox.quarantine.open({
      pipeline: stream.pipeline,
      resource: stream.resource,
      keyText: change.keyText,
      ...(change.recordText === undefined ? {} : { recordText: change.recordText }),
      reasons,
      origin: "platform",
      temporary: false,
      place: { epoch, sequence, line: 2 },
      ordinal,
    });
    const refusals = [{ line: 2, temporary: false, reasons }];
    beginEpoch(outbox, stream.id, { ...plan, refusedAlone: { id: batch.id, refusals } }, onVoided);
    onReceipt?.(
      eventOf(stream, batch, 0, [{ ...change, index: batch.part, temporary: false, reasons }]),
    );
  });
  outbox.store.world.log.warn("batch-refused-alone", { ...nameOf(stream), code: refusal.code });
}
