import type { ResourceDescriptor } from "../descriptor/descriptor.ts";
import type { QianzhiError } from "../errors/qianzhi-error.ts";
import type {
  BatchManifest,
  BucketPage,
  DigestReport,
  EpochRequest,
  Receipt,
  ReceiptPage,
  Refusal,
  StreamPosition,
} from "../wire/wire.ts";

/** A sealed batch on its way. `digest` is of the uncompressed bytes; the encoding is only a wrapper. */
export interface SealedBatch {
  readonly manifest: BatchManifest;
  /** Hex SHA-256 of the uncompressed bytes. */
  readonly digest: string;
  readonly uncompressedBytes: number;
  readonly encoding: "identity" | "gzip" | "zstd";
  readonly body: Uint8Array;
}

/** A batch is answered at once, or handed over and answered later through `receipts`. */
export type Delivery = { readonly receipt: Receipt } | { readonly handedOver: true };

export interface StreamName {
  readonly site: string;
  readonly pipeline: string;
  readonly resource: string;
}

/** What can be proven with a target; `check` and `status` say it. */
export interface TargetCapabilities {
  readonly receipts: "immediate" | "later";
  readonly position: boolean;
  readonly digests: boolean;
  /**
   * What the digests are of: the platform's copy (unless said), or what was handed over, when the target cannot see what
   * the platform makes of it.
   */
  readonly proves?: "copy" | "hand-over";
  /** Takes the whole content of a stream at once: mode replace needs it. */
  readonly generations: boolean;
  readonly catalog: boolean;
  /** Content encodings it takes, best first. */
  readonly encodings: readonly SealedBatch["encoding"][];
  /** Bytes, uncompressed, that one batch may have. */
  readonly maxBatchBytes: number;
}

/** Lines of a batch that were refused before its receipt: the receipt, when it comes, names them again. */
export interface EarlyRefusals extends Pick<
  Receipt,
  "site" | "pipeline" | "epoch" | "sequence" | "digest"
> {
  readonly refused: readonly Refusal[];
}

export interface LateReceipts extends ReceiptPage {
  readonly refusals?: readonly EarlyRefusals[];
}

/**
 * Where sealed batches are delivered. The engine retries, waits and orders; a target makes one attempt a call and
 * throws a QianzhiError whose `recovery` says what is to be done. QZ_CHAIN_CONFLICT, QZ_EPOCH_OLD and QZ_SITE_TAKEN
 * carry the platform's StreamPosition as `details.position`; QZ_PLATFORM_BUSY its wish as `details.retryAfterMs`.
 */
export interface Target {
  readonly kind: string;
  /** Asked once at start and after reconnecting. */
  capabilities(signal: AbortSignal): Promise<TargetCapabilities>;
  /** Compare-and-set of the epoch at the platform. Absent: epochs are the site's own affair. */
  openEpoch?(
    stream: StreamName,
    request: EpochRequest,
    signal: AbortSignal,
  ): Promise<StreamPosition>;
  /** Where the platform stands; undefined when it has never heard of the pipeline. */
  position?(stream: StreamName, signal: AbortSignal): Promise<StreamPosition | undefined>;
  deliver(batch: SealedBatch, signal: AbortSignal): Promise<Delivery>;
  /** Receipts that came later, from a cursor of the target's own (none = from the start). */
  receipts?(site: string, since: string | undefined, signal: AbortSignal): Promise<LateReceipts>;
  /** What is missing or wrong there for these resources, each as an error with what to do. Changes nothing. */
  inspect?(
    resources: readonly ResourceDescriptor[],
    signal: AbortSignal,
  ): Promise<readonly QianzhiError[]>;
  digest?(stream: StreamName, bits: number | undefined, signal: AbortSignal): Promise<DigestReport>;
  /**
   * What the platform holds in some buckets of 2^bits, page by page: to name the keys that differ. The copy may change
   * between two pages, so that each says of which batch it is.
   */
  bucketKeys?(
    stream: StreamName,
    bits: number,
    buckets: readonly number[],
    signal: AbortSignal,
  ): AsyncIterable<BucketPage>;
  catalogEntry?(
    identifier: string,
    version: string | undefined,
    signal: AbortSignal,
  ): Promise<ResourceDescriptor | undefined>;
  publish?(descriptor: ResourceDescriptor, signal: AbortSignal): Promise<"created" | "unchanged">;
  close(): Promise<void>;
}
