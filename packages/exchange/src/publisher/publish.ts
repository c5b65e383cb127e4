import { QianzhiError, reasonTexts, type CompiledResource, type StreamName } from "@qianzhi/sdk";
import type { Head } from "../outbox/chain.ts";
import type { Sealed } from "../outbox/chain.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { InvalidChange, PreparedChange } from "./prepare-changes.ts";
import type { PublishedIndex } from "./published-index.ts";

/** Everything that publishing into one stream needs. */
export interface PublishContext {
  readonly outbox: Outbox;
  readonly stream: StreamName;
  readonly resource: CompiledResource;
  readonly index: PublishedIndex;
  /** Key texts of what the platform holds of this stream, page by page; absent when the target cannot tell. */
  readonly platformKeys: (
    signal: AbortSignal,
  ) => Promise<AsyncIterable<readonly string[]> | undefined>;
}

export interface SealedPart {
  readonly sealed: Sealed;
  readonly changes: readonly PreparedChange[];
}

/** Changes of one batch at most: a few megabytes, like the agent's pages. */
export const BATCH_CHANGES = 5_000;

/**
 * Seals changes with distinct keys as few batches, in order, each with its index rows in one transaction. A batch that is
 * too large is halved; a single change that is too large is handed to `onTooLarge`. With `after`, nobody else's batch may come
 * before or between them (QZ_CHAIN_MOVED).
 */
export async function sealChanges(
  context: PublishContext,
  changes: readonly PreparedChange[],
  onTooLarge: (change: PreparedChange) => void,
  after?: Head,
): Promise<readonly SealedPart[]> {
  if (changes.length === 0) return [];
  if (changes.length > BATCH_CHANGES)
    return sealCut(context, changes, { onTooLarge, cut: BATCH_CHANGES, after });
  try {
    return [{ changes, sealed: await sealBatch(context, changes, after) }];
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_BATCH_TOO_LARGE") throw error;
    const [only] = changes;
    if (changes.length > 1 || only === undefined) {
      return sealCut(context, changes, { onTooLarge, cut: Math.ceil(changes.length / 2), after });
    }
    onTooLarge(only);
    return [];
  }
}

interface Cut {
  readonly onTooLarge: (change: PreparedChange) => void;
  readonly cut: number;
  readonly after: Head | undefined;
}

async function sealCut(
  context: PublishContext,
  changes: readonly PreparedChange[],
  { onTooLarge, cut, after }: Cut,
): Promise<readonly SealedPart[]> {
  const first = await sealChanges(context, changes.slice(0, cut), onTooLarge, after);
  const last = first.at(-1)?.sealed;
  const next = after === undefined || last === undefined ? after : { ...after, ...last };
  return [...first, ...(await sealChanges(context, changes.slice(cut), onTooLarge, next))];
}

function sealBatch(
  { outbox, stream, resource, index }: PublishContext,
  changes: readonly PreparedChange[],
  after: Head | undefined,
): Promise<Sealed> {
  const { descriptor } = resource;
  return outbox.seal({
    stream,
    version: descriptor.version,
    key: descriptor.key,
    deletes: changes.flatMap(({ keyText, recordText }) =>
      recordText === undefined ? [keyText] : [],
    ),
    upserts: changes.flatMap(({ recordText }) => recordText ?? []),
    ...(after === undefined ? {} : { after }),
    within: () => index.sealed(changes),
  });
}

/**
 * Throws QZ_QUARANTINE_FULL before anything is sealed, so that a caller who tries again and again does not seal the same
 * records each time.
 */
export function checkQuarantine(
  { outbox, stream }: PublishContext,
  invalid: readonly InvalidChange[],
): void {
  if (invalid.length === 0) return;
  const { pipeline } = stream;
  const limit = outbox.store.limits.maxQuarantined;
  const open = outbox.quarantine.openKeys(pipeline);
  const fresh = invalid.filter(({ keyText }) => keyText === undefined || !open.has(keyText));
  if (open.size + fresh.length > limit && fresh.length > 0)
    throw new QianzhiError("QZ_QUARANTINE_FULL", { pipeline, limit });
}

/** Puts what cannot be sent into quarantine, all in one durable transaction. Throws QZ_QUARANTINE_FULL. */
export function quarantineInvalid(
  { outbox, stream }: PublishContext,
  invalid: readonly InvalidChange[],
): void {
  if (invalid.length === 0) return;
  outbox.store.transaction(() => {
    for (const { keyText, recordText, reasons } of invalid) {
      outbox.quarantine.open({
        pipeline: stream.pipeline,
        resource: stream.resource,
        ...(keyText === undefined ? {} : { keyText }),
        recordText,
        reasons,
        origin: "site",
        temporary: false,
      });
    }
  });
}

export function tooLarge({ index, keyText, recordText }: PreparedChange): InvalidChange {
  const reasons = [{ code: "QZ_BATCH_TOO_LARGE", message: reasonTexts.QZ_BATCH_TOO_LARGE.en }];
  return { index, keyText, recordText: recordText ?? keyText, reasons };
}
