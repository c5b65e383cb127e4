import { QianzhiError, bucketOf, recordHash } from "@qianzhi/sdk";
import type { BatchManifest, CompiledResource, Delivery, Receipt, Refusal } from "@qianzhi/sdk";
import { inTransaction } from "../store/database.ts";
import type { Catalog } from "./catalog.ts";
import type { Context } from "./context.ts";
import { FINEST_BITS, Tally, type Digests } from "./digests.ts";
import { judge } from "./judge.ts";
import { readBatch, readChanges, refused, type Change } from "./read-batch.ts";
import type { Generations } from "./generations.ts";
import type { Receipts } from "./receipts.ts";
import { heldElsewhere, sandboxRefusal } from "./refusals.ts";
import type { Sites } from "./sites.ts";
import { positionOf, type StreamRow, type Streams } from "./streams.ts";

interface Parts {
  readonly catalog: Catalog;
  readonly sites: Sites;
  readonly streams: Streams;
  readonly receipts: Receipts;
  readonly digests: Digests;
  readonly generations: Generations;
}

interface HeldRecord {
  readonly id: number;
  readonly stream: number;
  readonly bucket: number;
  readonly hash: Uint8Array;
}

/**
 * The ingest of batches. One call takes the uncompressed bytes of one batch and either applies it with its receipt in
 * one transaction, or answers the stored receipt of a repeat, or throws and changes nothing: QZ_NOT_ALLOWED,
 * QZ_RESOURCE_UNKNOWN, QZ_VERSION_UNKNOWN, QZ_EPOCH_OLD, QZ_CHAIN_CONFLICT, QZ_POLICY_WITHHELD, QZ_BATCH_TOO_LARGE,
 * QZ_BATCH_REFUSED. `admit` may refuse the batch for what its manifest says, by throwing.
 */
export function ingestOf(context: Context, parts: Parts) {
  const { database, limits, behaviour } = context;
  const { catalog, sites, streams, receipts, digests, generations } = parts;
  const apply = applyOf(context, digests);

  return (bytes: Uint8Array, admit?: (manifest: BatchManifest) => void): Delivery => {
    const limit = limits.maxBatchBytes;
    if (bytes.length > limit)
      throw new QianzhiError("QZ_BATCH_TOO_LARGE", { limit, maxBatchBytes: limit });
    const batch = readBatch(bytes);
    const { manifest, digest } = batch;
    admit?.(manifest);
    return inTransaction(database, () => {
      const { site, resource, version, sequence } = manifest;
      const latest = catalog.entry(resource);
      if (latest === undefined) throw new QianzhiError("QZ_RESOURCE_UNKNOWN", { resource });
      if (!sites.mayWrite(site, resource))
        throw new QianzhiError("QZ_NOT_ALLOWED", { site, resource });
      const stream = streams.row(manifest);
      const repeat =
        stream === undefined ? undefined : answerRepeat(stream, manifest, digest, receipts);
      if (repeat !== undefined) return answer(repeat);
      const next = checkChain(stream, manifest);
      const compiled = catalog.compiled(resource, version);
      if (compiled === undefined)
        throw new QianzhiError("QZ_VERSION_UNKNOWN", { resource, version });
      checkPolicy(compiled, manifest, context);
      // The share in force is that of the latest version, whatever the site still sends.
      const inForce = catalog.compiled(resource, latest.version);
      if (inForce !== undefined) checkPolicy(inForce, manifest, context);
      if (manifest.generation !== undefined && behaviour.faults.noGenerations === true)
        throw refused("generations are not offered");
      const changes = readChanges(batch);
      const { refusals, generation } =
        manifest.generation === undefined
          ? applyChanges(next, compiled, changes)
          : generations.take(next, compiled, { manifest, changes });
      const accepted = manifest.deletes + manifest.upserts - refusals.length;
      const receipt: Receipt = {
        site,
        pipeline: manifest.pipeline,
        epoch: manifest.epoch,
        sequence,
        digest,
        accepted,
        refused: refusals,
        ...(generation === undefined ? {} : { generation }),
      };
      receipts.keep(next, receipt);
      streams.advance(next.id, sequence, digest);
      return answer(receipt);
    });
  };

  function applyChanges(
    stream: StreamRow,
    compiled: CompiledResource,
    changes: readonly Change[],
  ): { readonly refusals: Refusal[]; readonly generation?: undefined } {
    if (compiled.descriptor.key.length === 0)
      throw refused("records without a key come in generations alone");
    generations.discard(stream);
    return { refusals: apply(stream, compiled, changes) };
  }

  function answer(receipt: Receipt): Delivery {
    return behaviour.faults.lateReceiptsMs === undefined ? { receipt } : { handedOver: true };
  }
}

function answerRepeat(
  stream: StreamRow,
  manifest: BatchManifest,
  digest: string,
  receipts: Receipts,
): Receipt | undefined {
  if (manifest.epoch !== stream.epoch || manifest.sequence > stream.sequence) return undefined;
  const stored = receipts.find(stream, manifest.sequence);
  return stored?.digest === digest ? stored.receipt : undefined;
}

function checkChain(stream: StreamRow | undefined, manifest: BatchManifest): StreamRow {
  const { site, pipeline, epoch, sequence, predecessor } = manifest;
  if (stream === undefined) throw new QianzhiError("QZ_CHAIN_CONFLICT", { site, pipeline });
  const details = { site, pipeline, epoch, position: positionOf(stream) };
  if (epoch < stream.epoch) throw new QianzhiError("QZ_EPOCH_OLD", details);
  const follows =
    epoch === stream.epoch && sequence === stream.sequence + 1 && predecessor === stream.digest;
  if (!follows) throw new QianzhiError("QZ_CHAIN_CONFLICT", details);
  return stream;
}

/** Deletes are always taken: that is how a site withdraws what may no longer be shared. */
function checkPolicy(
  { descriptor }: CompiledResource,
  manifest: BatchManifest,
  { clock }: Context,
): void {
  // A commit holds no record, and makes those of its parts visible.
  const step = manifest.generation;
  if (manifest.upserts === 0 && !(step?.step === "commit" && step.count > 0)) return;
  const { type, until } = descriptor.share;
  // The last day of a share ends at midnight in China.
  const today = new Date(clock.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const expired = until !== undefined && today > until;
  if (type !== "none" && !expired) return;
  const problem = expired ? `the share ended on ${until}` : "its share type is none";
  throw new QianzhiError("QZ_POLICY_WITHHELD", { resource: descriptor.identifier, problem });
}

function applyOf({ database, behaviour }: Context, digests: Digests) {
  const find = database.prepare(
    "SELECT id, stream, bucket, hash FROM record WHERE resource = ? AND key = ?",
  );
  const insert = database.prepare(
    "INSERT INTO record (resource, key, stream, bucket, hash, content) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const update = database.prepare("UPDATE record SET hash = ?, content = ? WHERE id = ?");
  const remove = database.prepare("DELETE FROM record WHERE id = ?");
  const holder = database.prepare("SELECT site, pipeline FROM stream WHERE id = ?");

  return (stream: StreamRow, resource: CompiledResource, changes: readonly Change[]): Refusal[] => {
    const tally = new Tally();
    const seen = new Set<string>();
    const refusals: Refusal[] = [];
    for (const change of changes) {
      const { keyText, reasons } = judge(resource, change);
      if (keyText !== undefined) {
        if (seen.has(keyText)) throw refused(`line ${change.line} has the key of an earlier line`);
        seen.add(keyText);
      }
      const refusal =
        reasons === undefined
          ? write(change, keyText)
          : { line: change.line, temporary: false, reasons };
      if (refusal !== undefined) refusals.push(refusal);
    }
    digests.apply(stream.id, tally);
    return refusals;

    function write(change: Change, keyText: string): Refusal | undefined {
      const { line } = change;
      const fault = behaviour.refuses(keyText);
      if (fault !== undefined) return sandboxRefusal(line, fault);
      if (behaviour.loses(keyText)) return undefined;
      const held = find.get(stream.resource, keyText) as HeldRecord | undefined;
      const foreign = held !== undefined && held.stream !== stream.id;
      // What another origin holds is not this one's to delete, so there is nothing to do.
      if (change.op === "delete") {
        if (held !== undefined && !foreign) erase(held);
        return undefined;
      }
      if (!foreign) return put(keyText, change.text, held);
      return heldElsewhere(line, holder.get(held.stream) as { site: string; pipeline: string });
    }

    function erase(held: HeldRecord): void {
      remove.run(held.id);
      tally.count(held.bucket, held.hash, -1);
    }

    function put(keyText: string, text: string, held: HeldRecord | undefined): undefined {
      const hash = recordHash(keyText, text);
      const bucket = held?.bucket ?? bucketOf(keyText, FINEST_BITS);
      if (held !== undefined) {
        tally.count(bucket, held.hash, -1);
        update.run(hash, text, held.id);
      } else {
        insert.run(stream.resource, keyText, stream.id, bucket, hash, text);
      }
      tally.count(bucket, hash, 1);
    }
  };
}
