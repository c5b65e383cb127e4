import type { Outbox, ReceiptEvent } from "@qianzhi/exchange";
import { SEND_AGAIN_MS } from "../pipeline/replace.ts";
import type { PipelineConfig } from "../config/site-config.ts";
import {
  readPipelineState,
  writePipelineState,
  type ReplacedContent,
} from "../state/pipeline-state.ts";

/** What a pipeline in mode replace learns from a receipt, in its transaction. */
export function onReplacement(
  outbox: Outbox,
  { name }: PipelineConfig,
  { stream, epoch, refused, generation }: ReceiptEvent,
): void {
  const { store } = outbox;
  const againAt = Math.floor(store.world.clock.now()) + SEND_AGAIN_MS;
  if (refused.some(({ temporary }) => temporary)) writePipelineState(store, name, { againAt });
  if (generation === undefined) return;
  const { replaced } = readPipelineState(store, name);
  if (generation.outcome === "swapped") {
    if (epoch === outbox.head(stream).epoch && outbox.owed(stream) !== undefined)
      outbox.setOwed(stream, undefined);
    return;
  }
  const reason = generation.reason?.code ?? "QZ_GENERATION_REFUSED";
  if (replaced?.id === generation.id)
    abort(outbox, name, replaced, { refused: generation.refused, reason });
  // Only refused records are a reason to wait for another content.
  if (reason !== "QZ_GENERATION_REFUSED") writePipelineState(store, name, { againAt });
}

/** A generation that the platform takes in no way is not sent again as it is; any other ended with its epoch. */
export function onReplacementVoided(outbox: Outbox, name: string, reason: string): void {
  const { replaced, fullPass } = readPipelineState(outbox.store, name);
  const isRefused = reason === "QZ_BATCH_REFUSED" || reason === "QZ_BATCH_TOO_LARGE";
  if (isRefused && replaced !== null && !fullPass)
    abort(outbox, name, replaced, { refused: replaced.count, reason });
}

const abort = (
  { store }: Outbox,
  name: string,
  replaced: ReplacedContent,
  aborted: ReplacedContent["aborted"] & object,
): void => writePipelineState(store, name, { replaced: { ...replaced, aborted } });
