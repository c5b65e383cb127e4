/** What travels between a site and the platform. docs/protocol.md specifies it to the byte. */
export const PROTOCOL = "qianzhi/1";

/** The first line of a batch. Holds no source value. */
export interface BatchManifest {
  readonly protocol: typeof PROTOCOL;
  readonly site: string;
  readonly pipeline: string;
  readonly epoch: number;
  /** 1, 2, 3 … within the epoch. */
  readonly sequence: number;
  /** Hex SHA-256 of the previous batch's bytes; the epoch's nonce for sequence 1. */
  readonly predecessor: string;
  /** Identifier and version of the descriptor. */
  readonly resource: string;
  readonly version: string;
  readonly deletes: number;
  readonly upserts: number;
  /** Present in the batches of a generation, whose upserts wait at the platform until it is committed. */
  readonly generation?: GenerationStep;
}

/**
 * A step of a generation: a stream's whole content, which the platform swaps in at once. `begin` and `commit` hold no
 * changes, a `part` holds upserts alone. The digest is that of all records of the parts, refused ones too.
 */
export type GenerationStep =
  | { readonly id: string; readonly step: "begin" | "part" }
  | ({
      readonly id: string;
      readonly step: "commit";
      /** With more refused records than this the platform keeps what it has. */
      readonly maxRefused: number;
    } & ResourceDigest);

/** What became of a generation at its commit. */
export interface GenerationOutcome {
  readonly outcome: "swapped" | "aborted";
  /** Records of its parts that were refused. */
  readonly refused: number;
  /** Why it was aborted. */
  readonly reason?: RefusalReason;
}

/** A canonical record or key: item identifiers to JSON values, nulls omitted. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Every further line of a batch, deletes first. */
export type ChangeLine =
  | { readonly op: "delete"; readonly key: JsonRecord }
  | { readonly op: "upsert"; readonly record: JsonRecord };

export interface RefusalReason {
  /** Absent when the reason concerns the whole record. */
  readonly item?: string;
  /** A stable code, ours or the platform's. */
  readonly code: string;
  /** For people, in English; never a sensitive value. See `reasonText` for Chinese. */
  readonly message: string;
}

export interface Refusal {
  /** Line in the batch; the manifest is line 1. */
  readonly line: number;
  /** Temporary: send the key's then current record again later. */
  readonly temporary: boolean;
  readonly reasons: readonly RefusalReason[];
  /** Who holds the key, when another origin does. */
  readonly holder?: { readonly site: string; readonly pipeline: string };
}

/** The platform's answer to a batch. accepted + refused.length = deletes + upserts. */
export interface Receipt {
  readonly site: string;
  readonly pipeline: string;
  readonly epoch: number;
  readonly sequence: number;
  /** Hex SHA-256 of the batch's uncompressed bytes. */
  readonly digest: string;
  readonly accepted: number;
  readonly refused: readonly Refusal[];
  /** In the receipt of a commit. */
  readonly generation?: GenerationOutcome;
}

export interface ReceiptPage {
  readonly receipts: readonly Receipt[];
  /** Pass it as `since` next time. */
  readonly next: string;
}

export interface EpochRequest {
  readonly resource: string;
  /** The epoch that the site believes to be in force; 0 = none yet. */
  readonly expected: number;
  /** The epoch to open: larger than any that either side has seen. */
  readonly epoch: number;
  /** Identifies the agent's data directory, so that two agents for one site are told apart. */
  readonly instance: string;
  /** 64 hex digits, random: the predecessor of sequence 1. */
  readonly nonce: string;
}

/** Where the platform stands with a pipeline. `sequence` 0 and `digest` = nonce before the first batch. */
export interface StreamPosition {
  readonly epoch: number;
  readonly instance: string;
  readonly nonce: string;
  readonly sequence: number;
  readonly digest: string;
}

/** Count, and sum mod 2^256 of SHA-256(key ‖ record), as 64 hex digits. */
export interface ResourceDigest {
  readonly count: number;
  readonly sum: string;
}

/** The platform's digest of what one (site, pipeline) sent, as of a batch. */
export interface DigestReport extends ResourceDigest {
  readonly epoch: number;
  readonly sequence: number;
  /** 2^bits buckets by the first bits of SHA-256(canonical key), when asked for. */
  readonly bits?: number;
  readonly buckets?: readonly ResourceDigest[];
}

/** One record of a bucket, as the platform holds it. */
export interface BucketKey {
  readonly key: JsonRecord;
  /** Hex of the record hash. */
  readonly hash: string;
}

/** Some of what the platform holds in a bucket, as of the batch that it had applied last when it was asked. */
export interface BucketPage {
  readonly epoch: number;
  readonly sequence: number;
  readonly keys: readonly BucketKey[];
}

/** RFC 9457, with our stable code and the facts that the code needs. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: string;
  /** For a chain or epoch conflict: where the platform stands. */
  readonly position?: StreamPosition;
  /** The platform's clock, RFC 3339, for QZ_CLOCK_SKEW. */
  readonly now?: string;
  readonly maxBatchBytes?: number;
}
