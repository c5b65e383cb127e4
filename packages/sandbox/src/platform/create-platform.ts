import { QianzhiError } from "@qianzhi/sdk";
import type { Clock, DigestReport, Random, ResourceDigest, StreamName } from "@qianzhi/sdk";
import { openDatabase, type Database } from "../store/database.ts";
import { prepareSchema } from "../store/schema.ts";
import { Behaviour, type Faults } from "./behaviour.ts";
import { catalogOf } from "./catalog.ts";
import { Comparisons, type ObservedComparison } from "./comparisons.ts";
import type { Contrast } from "./contrast.ts";
import { defaultLimits, type Context, type PlatformLimits } from "./context.ts";
import { digestsOf, type BucketQuery } from "./digests.ts";
import { generationsOf } from "./generations.ts";
import { ingestOf } from "./ingest.ts";
import { receiptsOf } from "./receipts.ts";
import { recordsOf, type RecordPage, type RecordQuery } from "./records.ts";
import { sitesOf } from "./sites.ts";
import { streamsOf, type StreamRow } from "./streams.ts";

export interface PlatformOptions {
  /** A SQLite file, `:memory:` (default), or a database that is already open; it is closed with the platform. */
  readonly database?: string | Database;
  readonly world: { readonly clock: Clock; readonly random: Random };
  readonly limits?: Partial<PlatformLimits>;
  readonly faults?: Faults;
}

export type Platform = ReturnType<typeof createPlatform>;

/**
 * A reference exchange platform without HTTP: every rule of docs/protocol.md, as synchronous functions over SQLite, one
 * transaction each. They throw QianzhiErrors and change nothing then.
 */
export function createPlatform(options: PlatformOptions) {
  const { database: where = ":memory:", world, faults } = options;
  const database = typeof where === "string" ? openDatabase(where) : where;
  prepareSchema(database);
  const limits = { ...defaultLimits, ...options.limits };
  const behaviour = new Behaviour(faults);
  const context: Context = {
    database,
    clock: world.clock,
    random: world.random,
    limits,
    behaviour,
  };
  const comparisons = new Comparisons();
  let contrast: Contrast | undefined;
  const catalog = catalogOf(context);
  const sites = sitesOf(context);
  const receipts = receiptsOf(context);
  const digests = digestsOf(context);
  const records = recordsOf(context);
  const generations = generationsOf(context, digests);
  const streams = streamsOf(context, { catalog, sites, generations });
  const ingest = ingestOf(context, { catalog, sites, streams, receipts, digests, generations });

  const known = (resource: string): void => {
    if (catalog.entry(resource) === undefined)
      throw new QianzhiError("QZ_RESOURCE_UNKNOWN", { resource });
  };
  const stream = (name: StreamName): StreamRow => {
    known(name.resource);
    const row = streams.row(name);
    if (row === undefined) throw new QianzhiError("QZ_STREAM_UNKNOWN", { ...name });
    return row;
  };

  return {
    limits,
    behaviour,
    clock: world.clock,
    catalog,
    sites,
    /** Opens an epoch of a stream by compare-and-set; see docs/protocol.md §3. */
    openEpoch: streams.openEpoch,
    /** Where a stream stands; undefined before its first epoch. */
    position: streams.position,
    /** All streams of a resource, in the order of (site, pipeline). */
    streams: streams.all,
    /** Takes the uncompressed bytes of one batch. */
    ingest,
    /** Receipts of a site, in order, after `since`. */
    receipts: receipts.since,
    /** The last batches that were applied, the newest first. */
    lastBatches: receipts.last,
    /** Digest of a stream as of its last batch; with `bits` (0–16) by bucket too. QZ_STREAM_UNKNOWN. */
    digest: (name: StreamName, bits?: number): DigestReport => {
      const row = stream(name);
      const report = digests.ofStream(row, bits);
      const { epoch, sequence, count } = report;
      if (bits !== undefined)
        comparisons.began(row.id, {
          at: world.clock.now(),
          epoch,
          sequence,
          count,
          buckets: 2 ** bits,
        });
      return report;
    },
    /** A page of what a stream holds in one of 2^bits buckets. QZ_STREAM_UNKNOWN. */
    bucketKeys: (name: StreamName, query: BucketQuery) => {
      const row = stream(name);
      comparisons.listed(row.id, query.bits, query.bucket);
      return digests.bucketKeys(row, query);
    },
    /** The last comparison of a stream's copy with its source, as far as the platform sees it. QZ_STREAM_UNKNOWN. */
    comparison: (name: StreamName): ObservedComparison | undefined =>
      comparisons.of(stream(name).id),
    /** What was told of other copies of the same source, until the platform is closed. */
    contrast: (): Contrast | undefined => contrast,
    setContrast(told: Contrast): void {
      contrast = told;
    },
    /** Digest of all streams of a resource together. QZ_RESOURCE_UNKNOWN. */
    resourceDigest: (resource: string): ResourceDigest => {
      known(resource);
      return digests.ofResource(resource);
    },
    /** A page of the copy. QZ_RESOURCE_UNKNOWN. */
    records: (resource: string, query: RecordQuery): RecordPage => {
      known(resource);
      return records(resource, query);
    },
    close: (): void => database.close(),
  };
}
