import type { Store, UpsertLines } from "@qianzhi/exchange";
import type {
  ChangesPage,
  PositionValue,
  RawRow,
  ResourceDigest,
  ScanRequest,
  Source,
  World,
} from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import type { KeyClaims } from "../state/key-claims.ts";
import type { PipelineState } from "../state/pipeline-state.ts";
import type { Evaluation } from "./evaluate.ts";
import type { PageChanges, PageRules, RefusedRow } from "./page-changes.ts";
import type { KeyedHash } from "./row-hash.ts";
import type { Staging } from "./stage-listing.ts";

/** Everything one run of a pipeline works with; made by `runPipeline`, handed to the mode's poll. */
export interface PipelineRun {
  readonly config: PipelineConfig;
  readonly source: Source;
  /** The native feed of the source; undefined when it has none. */
  readonly feed?: RowFeed;
  /** Of a source that can only list: after it, point reads look at the source again, and nothing is scanned. */
  readonly confirmByListing?: () => void;
  /** The relation, columns and order of every read of this run. */
  readonly request: Omit<ScanRequest, "from" | "until">;
  readonly relationName: string;
  /** The key columns with how they are read: source keys of other columns cannot be compared with these. */
  readonly keyedBy: string;
  readonly state: PipelineState;
  readonly store: Store;
  readonly world: World;
  readonly signal: AbortSignal;
  readonly keyed: KeyedHash;
  readonly fingerprint: string;
  readonly evaluate: (row: RawRow) => Evaluation;
  readonly rules: PageRules;
  /** The text that identifies a row in its source; null when a key column is NULL. */
  readonly sourceKey: (row: RawRow) => string | null;
  /** The source key that a row of a record key has if there is one; undefined where only reading the rows can tell. */
  readonly likelySourceKey: (recordKey: string) => string | undefined;
  /** The text of a row's mapped columns: equal texts, equal records. */
  readonly content: (row: RawRow) => string;
  /** Which row has which record key; undefined where one source key is one record key. */
  readonly claims: KeyClaims | undefined;
  /** Asks for rows to be read again at the next opportunity; in a sealing transaction. */
  readonly nominate: (sourceKeys: readonly string[]) => void;
  readonly counts: RunCounts;
  readonly stage: Stage;
  /** Where listings are staged. */
  readonly staging: Staging;
  /** Asks the platform how many records it holds of this pipeline; undefined where it cannot tell. */
  readonly heldThere: () => Promise<number | undefined>;
}

/** The native feed of a pipeline's relation. */
export interface RowFeed {
  /** A page of changes behind a position; without one the position of now. */
  read(position?: unknown): Promise<ChangesPage>;
  /** The key of a row that the feed told. */
  sourceKey(row: RawRow): string | null;
  /** The source can read a row again by its key; else the feed's rows are all there is of them. */
  readonly namesKeysAlone: boolean;
  /** The source has another read, by which everything can be read again. */
  readonly canReadAll: boolean;
}

/** Counts of one run. read = unchanged + upserts + deletes + quarantined. */
export interface RunCounts {
  read: number;
  unchanged: number;
  upserts: number;
  deletes: number;
  quarantined: number;
  batches: number;
  /** Rows of the relation by the source's own estimate, for progress. */
  expected?: number;
}

export const noCounts = (): RunCounts => ({
  read: 0,
  unchanged: 0,
  upserts: 0,
  deletes: 0,
  quarantined: 0,
  batches: 0,
});

/** The one way into the outbox for a pipeline: calls are awaited one after the other. */
export interface Stage {
  /** Seals the changes and does `within` in the same transaction; without changes only the latter. */
  seal(changes: PageChanges, within: () => void): Promise<void>;
  /** Resolves when no seal is under way any more: a run that failed while one was must not be followed by another before. */
  settled(): Promise<void>;
  /**
   * Quarantines the rows that stand nowhere in the order for a NULL, and lets go of those that no longer do.
   * @param all These are all such rows that the source has.
   * @param within Done in the same transaction, with the rows that were not named before.
   */
  sealNulls(
    rows: readonly RefusedRow[],
    all: boolean,
    within: (named: readonly RefusedRow[]) => void,
  ): void;
  /** Quarantines these rows and lets go of all others of the pipeline; answers how many were not there before. */
  sealRefused(rows: readonly RefusedRow[]): number;
  /** Marks a reconciliation owed, in a sealing transaction: what differs now shows in no poll. */
  owe(reason: string): void;
  /** The epoch of the stream; another one than before: what was sealed may not be at the platform. */
  epoch(): number;
  /** Seals the first batch of a generation and does `within` in the same transaction. */
  beginGeneration(id: string, within: () => void): Promise<OpenGeneration>;
}

/** A generation that has begun. Its batches follow each other without any other between: QZ_CHAIN_MOVED when not. */
export interface OpenGeneration {
  part(lines: UpsertLines): Promise<void>;
  /** `within` is told the epoch in which the generation was sealed. */
  commit(
    content: ResourceDigest & { readonly maxRefused: number },
    within: (epoch: number) => void,
  ): Promise<void>;
}

export type Position = readonly PositionValue[];
