import { QianzhiError } from "@qianzhi/sdk";
import type { EpochRequest, StreamName, StreamPosition } from "@qianzhi/sdk";
import { inTransaction } from "../store/database.ts";
import type { Catalog } from "./catalog.ts";
import type { Context } from "./context.ts";
import type { Generations } from "./generations.ts";
import type { Sites } from "./sites.ts";

/** A stream with the number under which its records, buckets and receipts are kept. */
export interface StreamRow extends StreamPosition, StreamName {
  readonly id: number;
}

interface Parts {
  readonly catalog: Catalog;
  readonly sites: Sites;
  readonly generations: Pick<Generations, "discard">;
}

export type Streams = ReturnType<typeof streamsOf>;

/** Where each (resource, site, pipeline) stands. */
export function streamsOf({ database }: Context, { catalog, sites, generations }: Parts) {
  const select =
    "SELECT id, resource, site, pipeline, epoch, instance, nonce, sequence, digest FROM stream";
  const find = database.prepare(`${select} WHERE resource = ? AND site = ? AND pipeline = ?`);
  const allOf = database.prepare(`${select} WHERE resource = ? ORDER BY site, pipeline`);
  const open = database.prepare(
    `INSERT INTO stream (resource, site, pipeline, epoch, instance, nonce, sequence, digest) VALUES (?, ?, ?, ?, ?, ?, 0, ?)
     ON CONFLICT DO UPDATE SET epoch = excluded.epoch, instance = excluded.instance, nonce = excluded.nonce,
       sequence = 0, digest = excluded.digest`,
  );
  const advance = database.prepare("UPDATE stream SET sequence = ?, digest = ? WHERE id = ?");

  const row = ({ resource, site, pipeline }: StreamName): StreamRow | undefined =>
    find.get(resource, site, pipeline) as StreamRow | undefined;

  return {
    row,

    all(resource: string): StreamRow[] {
      return allOf.all(resource) as StreamRow[];
    },

    /** Moves the stream to the batch just applied. Called inside the transaction that applies it. */
    advance(id: number, sequence: number, digest: string): void {
      advance.run(sequence, digest, id);
    },

    /**
     * Opens an epoch by compare-and-set: `expected` must be the epoch in force (0 = none) and `epoch` above it. The
     * same (epoch, instance, nonce) again is answered with where it stands. Otherwise QZ_SITE_TAKEN when another
     * instance opened the epoch in force and `expected` does not name it, else QZ_EPOCH_OLD; both carry the position.
     */
    openEpoch(stream: StreamName, request: EpochRequest): StreamPosition {
      const { resource, site, pipeline } = stream;
      const { expected, epoch, instance, nonce } = request;
      return inTransaction(database, () => {
        if (catalog.entry(resource) === undefined)
          throw new QianzhiError("QZ_RESOURCE_UNKNOWN", { resource });
        if (!sites.mayWrite(site, resource))
          throw new QianzhiError("QZ_NOT_ALLOWED", { site, resource });
        const held = row(stream);
        if (
          held !== undefined &&
          held.epoch === epoch &&
          held.instance === instance &&
          held.nonce === nonce
        ) {
          return positionOf(held);
        }
        if (expected !== (held?.epoch ?? 0) || epoch <= expected) {
          const taken = held !== undefined && held.instance !== instance && expected !== held.epoch;
          throw new QianzhiError(taken ? "QZ_SITE_TAKEN" : "QZ_EPOCH_OLD", {
            site,
            pipeline,
            epoch,
            ...(held === undefined ? {} : { position: positionOf(held) }),
          });
        }
        open.run(resource, site, pipeline, epoch, instance, nonce, nonce);
        if (held !== undefined) generations.discard(held);
        return positionOf(row(stream)!);
      });
    },

    /** Where the stream stands, or undefined when no epoch was ever opened for it. */
    position(stream: StreamName): StreamPosition | undefined {
      const found = row(stream);
      return found === undefined ? undefined : positionOf(found);
    },
  };
}

/** The public part of a stream's row. */
export function positionOf({
  epoch,
  instance,
  nonce,
  sequence,
  digest,
}: StreamRow): StreamPosition {
  return { epoch, instance, nonce, sequence, digest };
}
