import {
  QianzhiError,
  type GenerationOutcome,
  type Receipt,
  type Refusal,
  type StreamName,
} from "@qianzhi/sdk";
import { readChanges, type BatchChange } from "./batch-bytes.ts";
import { generationOf, keyOf, type BatchRow } from "./batch-table.ts";
import type { Outbox } from "./outbox.ts";
import { sealedBytes } from "./sealed-bytes.ts";
import { nameOf, type StreamRow } from "./stream-table.ts";
import { storedJson } from "../store/stored-json.ts";

/** A refusal with what it concerns. */
export interface RefusedChange extends Refusal {
  /**
   * Place of the change among those that were sealed together, from 0: what `sourceKeys` goes by. Differs from the line
   * when the batch was taken apart since.
   */
  readonly index: number;
  readonly op: "delete" | "upsert";
  readonly keyText: string;
  /** Absent for a delete. */
  readonly recordText?: string;
}

/** What a program learns from a receipt. Key and record texts are source values: not for logs. */
export interface ReceiptEvent {
  readonly stream: StreamName;
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: string;
  readonly accepted: number;
  readonly refused: readonly RefusedChange[];
  readonly sourceKeys?: string;
  /** Of a commit: which generation, and what became of it. */
  readonly generation?: GenerationOutcome & { readonly id: string };
}

/** Told within the transaction that records the receipt. A refused version does not count as sealed. */
export type OnReceipt = (event: ReceiptEvent) => void;

/**
 * Records a receipt in one transaction: the batch is done, refusals go to quarantine, accepted keys leave it, the counts and
 * the ledger follow. A receipt that came before is a no-op. Throws QZ_PROTOCOL when it does not fit its batch.
 *
 * The transaction is not forced to the disk: a receipt lost to a power cut is asked for again, since the batch is sent again
 * and the platform answers a repeat with the receipt it gave.
 */
export async function receive(
  outbox: Outbox,
  batchId: number,
  receipt: Receipt,
  onReceipt?: OnReceipt,
): Promise<void> {
  const { store, batchTable, streamTable } = outbox;
  const batch = batchTable.get(batchId);
  if (batch === undefined || isOver(batch)) return;
  const stream = streamTable.get(batch.stream);
  checkReceipt(stream, batch, receipt);
  const changes = await neededChanges(outbox, stream, batch, receipt);
  const superseded =
    receipt.refused.length === 0 ? new Set<string>() : await laterKeys(outbox, batch);
  store.transaction(
    () => {
      const current = batchTable.get(batchId);
      if (current === undefined || isOver(current)) return;
      const refused = refusedChanges(batch, receipt.refused, changes);
      const told = toldLines(current);
      const news = refused.filter(({ line }) => !told.has(line));
      openRefused(
        outbox,
        stream,
        batch,
        news.filter((change) => !superseded.has(change.keyText)),
      );
      closeAccepted(outbox, stream, { batch, receipt, changes });
      closeReplaced(outbox, stream, batch, receipt);
      batchTable.receipted(
        batchId,
        receipt.accepted,
        refused.length === 0 ? null : JSON.stringify(receipt.refused),
      );
      streamTable.count(stream.id, { accepted: receipt.accepted, refused: refused.length });
      outbox.ledger.append("receipt", {
        pipeline: stream.pipeline,
        epoch: batch.epoch,
        sequence: batch.sequence,
        digest: batch.digest,
        accepted: receipt.accepted,
        refused: refused.length,
      });
      onReceipt?.({
        ...eventOf(stream, batch, receipt.accepted, news),
        ...outcomeOf(batch, receipt),
      });
    },
    { durable: false },
  );
}

function outcomeOf(batch: BatchRow, { generation }: Receipt): Pick<ReceiptEvent, "generation"> {
  const step = generationOf(batch);
  return step?.step !== "commit" || generation === undefined
    ? {}
    : { generation: { ...generation, id: step.id } };
}

export function eventOf(
  stream: StreamRow,
  batch: BatchRow,
  accepted: number,
  refused: readonly RefusedChange[],
): ReceiptEvent {
  return {
    stream: nameOf(stream),
    epoch: batch.epoch,
    sequence: batch.sequence,
    digest: batch.digest,
    accepted,
    refused,
    ...(batch.source_keys === null ? {} : { sourceKeys: batch.source_keys }),
  };
}

/** The batch's changes from its stored bytes. Throws QZ_STORE_CORRUPT when they are gone or damaged. */
export const changesOf = async (
  outbox: Outbox,
  batch: BatchRow,
): Promise<readonly BatchChange[]> => [
  ...readChanges(await sealedBytes(outbox, batch), keyOf(batch)),
];

export const isOver = (batch: BatchRow): boolean =>
  batch.state === "receipted" || batch.state === "voided";

/** Lines whose refusal came before the receipt: see `refuseEarly`. */
export const toldLines = ({ refusals }: BatchRow): ReadonlySet<number> =>
  new Set((storedJson(refusals ?? "[]") as readonly Refusal[]).map(({ line }) => line));

function checkReceipt(stream: StreamRow, batch: BatchRow, receipt: Receipt): void {
  const total = batch.deletes + batch.upserts;
  const problem = (en: string, zh: string): QianzhiError =>
    new QianzhiError("QZ_PROTOCOL", { problem: { en, zh } });
  if (generationOf(batch)?.step === "commit" && receipt.generation === undefined)
    throw problem(
      "the receipt of a commit does not say what became of the generation",
      "提交的回执没有说明整体替换的结果",
    );
  if (
    receipt.site !== stream.site ||
    receipt.pipeline !== stream.pipeline ||
    receipt.epoch !== batch.epoch ||
    receipt.sequence !== batch.sequence ||
    receipt.digest !== batch.digest
  )
    throw problem("the receipt is for another batch", "回执属于另一批次");
  if (receipt.accepted + receipt.refused.length !== total) {
    throw problem(
      `accepted ${receipt.accepted} and refused ${receipt.refused.length} do not make ${total}`,
      `已接收 ${receipt.accepted} 与已拒绝 ${receipt.refused.length} 之和不是 ${total}`,
    );
  }
  const lines = new Set(receipt.refused.map((refusal) => refusal.line));
  const inRange = [...lines].every(
    (line) => Number.isInteger(line) && line >= 2 && line <= total + 1,
  );
  if (lines.size !== receipt.refused.length || !inRange)
    throw problem("the receipt refuses lines that do not exist", "回执拒绝了不存在的行");
}

/** The batch is decoded only when a key in it can matter. */
async function neededChanges(
  outbox: Outbox,
  stream: StreamRow,
  batch: BatchRow,
  receipt: Receipt,
): Promise<readonly BatchChange[]> {
  const concerned =
    receipt.refused.length > 0 || outbox.quarantine.openKeys(stream.pipeline).size > 0;
  return concerned ? changesOf(outbox, batch) : [];
}

/** Keys that later batches changed with a receipt already: a late refusal of an older change means nothing any more. */
export async function laterKeys(outbox: Outbox, batch: BatchRow): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const later of outbox.batchTable.laterReceipted(batch.stream, batch.ordinal)) {
    if (later.stored === 0) continue;
    for (const change of await changesOf(outbox, later)) keys.add(change.keyText);
  }
  return keys;
}

export function refusedChanges(
  batch: BatchRow,
  refusals: readonly Refusal[],
  changes: readonly BatchChange[],
): readonly RefusedChange[] {
  return refusals.flatMap((refusal) => {
    const change = changes[refusal.line - 2];
    return change === undefined
      ? []
      : [{ ...refusal, ...change, index: batch.part + refusal.line - 2 }];
  });
}

export function openRefused(
  outbox: Outbox,
  stream: StreamRow,
  batch: BatchRow,
  refused: readonly RefusedChange[],
): void {
  const { epoch, sequence, ordinal } = batch;
  for (const { line, keyText, recordText, reasons, temporary } of refused) {
    outbox.quarantine.open({
      pipeline: stream.pipeline,
      resource: stream.resource,
      keyText,
      ...(recordText === undefined ? {} : { recordText }),
      reasons,
      origin: "platform",
      temporary,
      place: { epoch, sequence, line },
      ordinal,
    });
  }
}

/** A swapped generation is all that there is: what was refused before it began is of a content that is gone. */
function closeReplaced(
  { batchTable, quarantine }: Outbox,
  stream: StreamRow,
  batch: BatchRow,
  { generation }: Receipt,
): void {
  if (generation?.outcome !== "swapped") return;
  const began = batchTable.generationBegan(batch);
  quarantine.closeRefusals(stream.pipeline, `batch ${batch.epoch}/${batch.sequence}`, began);
}

interface Answered {
  readonly batch: BatchRow;
  readonly receipt: Receipt;
  readonly changes: readonly BatchChange[];
}

function closeAccepted(
  outbox: Outbox,
  stream: StreamRow,
  { batch, receipt, changes }: Answered,
): void {
  const open = outbox.quarantine.openKeys(stream.pipeline);
  if (open.size === 0) return;
  const refused = new Set(receipt.refused.map((refusal) => refusal.line));
  for (const { line, keyText } of changes) {
    if (refused.has(line) || !open.has(keyText)) continue;
    outbox.quarantine.close(
      stream.pipeline,
      keyText,
      `batch ${batch.epoch}/${batch.sequence}`,
      batch.ordinal,
    );
  }
}
