import { knownTarget, type Outbox, type VoidedBatch } from "@qianzhi/exchange";
import { DigestSum } from "@qianzhi/sdk";
import type { QianzhiError, StreamName, Target } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { noCounts } from "../pipeline/pipeline-run.ts";
import { countThere } from "../reconcile/digest-there.ts";
import { writePipelineState } from "../state/pipeline-state.ts";
import { readWithholding, writeWithholding } from "../state/withholdings.ts";
import { beginGeneration } from "./seal-generation.ts";

export interface WithdrawOptions {
  readonly config: PipelineConfig;
  readonly stream: StreamName;
  readonly outbox: Outbox;
  readonly target: Target;
  /** A version of the descriptor that the platform knows: the site's own may have ended the share unpublished. */
  readonly version: string;
  readonly onVoided: (batches: Iterable<VoidedBatch>, reason: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Asks the platform to remove what it has of a pipeline that may not be shared any more: an empty generation where the
 * platform takes generations, else the deletion of every key that it lists. What waits is voided first. Called again and
 * again while the share is ended: an epoch that was begun meanwhile, or a platform that was restored, may have undone it.
 *
 * Nothing is read from the source, and the pipeline forgets what it has sent, so that all is sent when the share is renewed.
 */
export async function withdraw(options: WithdrawOptions, denied: QianzhiError): Promise<void> {
  const { config, stream, outbox, target, onVoided, signal } = options;
  if (!outbox.wasOpened(stream)) return;
  const { withdrawal } = readWithholding(outbox.store, config.name);
  const isWaiting = outbox.waiting(stream).batches > 0;
  if (withdrawal?.epoch === outbox.head(stream).epoch) {
    if (isWaiting || ((await countThere(target, stream, signal)) ?? 0) === 0) return;
  } else if (isWaiting)
    outbox.withhold(stream, denied, (_, batches, reason) => onVoided(batches, reason));
  const known = knownTarget(outbox.store);
  if (known?.generations === true) await withdrawAtOnce(options, denied);
  else if (known?.digests === true) await withdrawByKey(options, denied);
}

async function withdrawAtOnce(options: WithdrawOptions, denied: QianzhiError): Promise<void> {
  const { config, stream, outbox, version } = options;
  const { world } = outbox.store;
  const id = Buffer.from(world.random.bytes(16)).toString("hex");
  const resource = { ...config.resource, version };
  const place = { outbox, stream, resource, counts: noCounts() };
  const generation = await beginGeneration(place, id, () => undefined);
  await generation.commit({ ...new DigestSum().value(), maxRefused: 0 }, () =>
    note(options, denied),
  );
}

/** One bucket holds all keys. */
const ALL = { bits: 0, buckets: [0] } as const;

async function withdrawByKey(options: WithdrawOptions, denied: QianzhiError): Promise<void> {
  const { config, stream, outbox, target, version, signal } = options;
  const { key } = config.resource;
  const seal = (deletes: readonly string[], within: () => void) =>
    outbox.seal({ stream, version, key, deletes, upserts: [], within });
  if ((await countThere(target, stream, signal)) !== 0)
    for await (const { keys } of target.bucketKeys?.(stream, ALL.bits, ALL.buckets, signal) ?? [])
      await seal(
        keys.map((each) => JSON.stringify(each.key)),
        () => undefined,
      );
  await seal([], () => note(options, denied));
}

/** In the transaction of the last batch. */
function note({ config: { name }, stream, outbox }: WithdrawOptions, denied: QianzhiError): void {
  const { store, ledger } = outbox;
  const { problem } = denied.details;
  ledger.append("withdrawal", { pipeline: name, resource: stream.resource, problem });
  const doneAt = outbox.waiting(stream).batches === 0 ? Math.floor(store.world.clock.now()) : null;
  writeWithholding(store, name, {
    withdrawal: {
      epoch: outbox.head(stream).epoch,
      sealedAt: Math.floor(store.world.clock.now()),
      doneAt,
    },
  });
  writePipelineState(store, name, {
    fingerprint: null,
    position: null,
    feed: null,
    witnesses: [],
    replaced: null,
    guard: null,
    approvedDeletes: null,
    fullPass: true,
  });
  for (const table of ["overlap", "diff_block", "key_claim", "sealed_key", "nomination"])
    store.database.prepare(`DELETE FROM ${table} WHERE pipeline = ?`).run(name);
  // Nothing tells any more when such a row goes; what is unfit when the share is renewed is named again.
  for (const key of outbox.quarantine.openKeys(name).keys())
    outbox.quarantine.close(name, key, "withdrawn");
}

/** In the transaction of a receipt: the withdrawal is done when nothing waits any more, and the copies agree: there is none. */
export function noteWithdrawn(outbox: Outbox, stream: StreamName): void {
  const { store, ledger } = outbox;
  const { pipeline, resource } = stream;
  const { withdrawal } = readWithholding(store, pipeline);
  if (withdrawal === null || withdrawal.doneAt !== null) return;
  if (withdrawal.epoch !== outbox.head(stream).epoch || outbox.waiting(stream).batches > 0) return;
  const doneAt = Math.floor(store.world.clock.now());
  writeWithholding(store, pipeline, { withdrawal: { ...withdrawal, doneAt } });
  ledger.append("withdrawn", { pipeline, resource });
  if (outbox.owed(stream) !== undefined) outbox.setOwed(stream, undefined);
}
