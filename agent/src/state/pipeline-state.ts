import { storedJson, contentSeal, type SqlValue, type Store } from "@qianzhi/exchange";
import type { ErrorCode, Horizon, PositionValue, ResourceDigest } from "@qianzhi/sdk";

/** What the site remembers of a pipeline between polls and restarts. */
export interface PipelineState {
  readonly fingerprint: string | null;
  readonly position: readonly PositionValue[] | null;
  /** Order values of the rows that the position passed last: in a source that was restored they are not what they were. */
  readonly witnesses: readonly (readonly PositionValue[])[];
  /** Where a native feed goes on, in the source's own words; null when everything is to be read first. */
  readonly feed: unknown;
  /** How far the feed was read; null before the first time. */
  readonly feedReport: FeedReport | null;
  /** True until the relation has been read once from start to end under this fingerprint. */
  readonly fullPass: boolean;
  /** Of the last poll by a change column that found something to read. */
  readonly horizon: StoredHorizon | null;
  readonly paused: boolean;
  /** How many deletions a person has allowed; null = none. */
  readonly approvedDeletes: number | null;
  /** A person asked, or a voided batch made it necessary, to send everything again. */
  readonly resync: boolean;
  /** Raised by each resync: what was sealed in an earlier one proves nothing. */
  readonly generation: number;
  readonly lastRunAt: number | null;
  readonly lastSuccessAt: number | null;
  /** Of the last run; null after a good one. */
  readonly lastError: StoredError | null;
  readonly guard: GuardReport | null;
  /** Mode replace: the content that was sealed last; null before the first. */
  readonly replaced: ReplacedContent | null;
  /** Mode replace: when it is sent again though it is the same, since records of it were refused for the time being. */
  readonly againAt: number | null;
}

/** A generation as it was committed here. */
export interface ReplacedContent extends ResourceDigest {
  readonly id: string;
  /** In which it was sealed: in another one the platform may not have it. */
  readonly epoch: number;
  /** Records that the platform held before. */
  readonly before: number;
  /** The platform kept what it had: how many records it refused, and why. */
  readonly aborted?: { readonly refused: number; readonly reason: string };
}

/** Where a poll stood, and what the next one needs to know of it. */
export interface StoredHorizon extends Pick<Horizon, "exact" | "because" | "heldBy"> {
  /** What the adapter asked to remember. */
  readonly memory: unknown;
  readonly stretch: Stretch;
}

/** The rows beyond the horizon, as far as they were read. */
export interface Stretch {
  /** The last of them; null when there are none. */
  readonly last: readonly PositionValue[] | null;
  readonly rows: number;
  /** When all of them are read again, and how long after that next. */
  readonly rereadAt: number;
  readonly paceMs: number;
}

/** An error as it is kept: its texts are made from the table, in the reader's language. */
export interface StoredError {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly at: number;
}

/** What the last page of a feed told of the feed itself. */
export interface FeedReport {
  readonly at: number;
  /** When nothing was left to read; null when that has not been yet. */
  readonly readToEndAt: number | null;
  /** What the source keeps for it, where it says so. */
  readonly keptBytes: number | null;
  readonly limitBytes: number | null;
}

/** What the delete guard saw when it held a pipeline. */
export interface GuardReport {
  readonly before: number;
  readonly deletes: number;
  /** Some of the keys that are gone, masked by their sensitivity. */
  readonly samples: readonly string[];
  readonly at: number;
}

interface Row {
  fingerprint: string | null;
  position: Uint8Array | null;
  witnesses: Uint8Array | null;
  full_pass: number;
  horizon: Uint8Array | null;
  feed: Uint8Array | null;
  feed_report: string | null;
  paused: number;
  approved_deletes: number | null;
  resync: number;
  generation: number;
  last_run_at: number | null;
  last_success_at: number | null;
  last_error: string | null;
  guard: string | null;
  replaced: Uint8Array | null;
  again_at: number | null;
}

/** The site's store, as far as the state of pipelines is concerned. */
type StateStore = Pick<Store, "database" | "secret" | "world">;

/** They hold values of source rows, of rows too that may not be shared, or a hash that a short content would show by. */
const encrypted: ReadonlySet<string> = new Set([
  "position",
  "witnesses",
  "horizon",
  "replaced",
  "feed",
]);

const sealOf = ({ secret, world }: StateStore) =>
  contentSeal(secret, world.random, "pipeline-state");

/** What is encrypted is opened when it is asked for: most who read a state want nothing of it. */
export function readPipelineState(store: StateStore, name: string): PipelineState {
  const row = store.database.prepare<Row>("SELECT * FROM pipeline WHERE name = ?").get(name);
  const json = (text: string | null | undefined): unknown =>
    text === null || text === undefined ? null : storedJson(text);
  const opened = <T>(sealed: Uint8Array | null | undefined): (() => T | null) => {
    let content: { readonly value: T } | undefined;
    return () => {
      if (sealed === null || sealed === undefined) return null;
      content ??= { value: JSON.parse(sealOf(store).decrypt(sealed)) as T };
      return content.value;
    };
  };
  const position = opened<readonly PositionValue[]>(row?.position);
  const witnesses = opened<PipelineState["witnesses"]>(row?.witnesses);
  const feed = opened<unknown>(row?.feed);
  const horizon = opened<StoredHorizon>(row?.horizon);
  const replaced = opened<ReplacedContent>(row?.replaced);
  return {
    fingerprint: row?.fingerprint ?? null,
    get position() {
      return position();
    },
    get witnesses() {
      return witnesses() ?? [];
    },
    get feed() {
      return feed();
    },
    feedReport: json(row?.feed_report) as FeedReport | null,
    fullPass: (row?.full_pass ?? 1) === 1,
    get horizon() {
      return horizon();
    },
    paused: row?.paused === 1,
    approvedDeletes: row?.approved_deletes ?? null,
    resync: row?.resync === 1,
    generation: row?.generation ?? 1,
    lastRunAt: row?.last_run_at ?? null,
    lastSuccessAt: row?.last_success_at ?? null,
    lastError: json(row?.last_error) as StoredError | null,
    guard: json(row?.guard) as GuardReport | null,
    get replaced() {
      return replaced();
    },
    againAt: row?.again_at ?? null,
  };
}

/** Changes the given fields, in the caller's transaction if there is one. */
export function writePipelineState(
  store: StateStore,
  name: string,
  change: Partial<PipelineState>,
): void {
  const names = ["name"];
  const contents: SqlValue[] = [name];
  for (const [field, value] of Object.entries(change)) {
    names.push(columns[field as keyof PipelineState]);
    contents.push(
      encrypted.has(field) && value !== null
        ? sealOf(store).encrypt(JSON.stringify(value))
        : stored(value),
    );
  }
  const marks = names.map(() => "?").join(", ");
  const changes = names.map((column) => `${column} = excluded.${column}`).join(", ");
  store.database
    .prepare(
      `INSERT INTO pipeline (${names.join(", ")}) VALUES (${marks}) ON CONFLICT (name) DO UPDATE SET ${changes}`,
    )
    .run(...contents);
}

const columns: Readonly<Record<keyof PipelineState, string>> = {
  fingerprint: "fingerprint",
  position: "position",
  witnesses: "witnesses",
  feed: "feed",
  feedReport: "feed_report",
  fullPass: "full_pass",
  horizon: "horizon",
  paused: "paused",
  approvedDeletes: "approved_deletes",
  resync: "resync",
  generation: "generation",
  lastRunAt: "last_run_at",
  lastSuccessAt: "last_success_at",
  lastError: "last_error",
  guard: "guard",
  replaced: "replaced",
  againAt: "again_at",
};

const stored = (value: unknown): SqlValue =>
  value === null || value === undefined
    ? null
    : typeof value === "boolean"
      ? Number(value)
      : typeof value === "object"
        ? JSON.stringify(value)
        : (value as string | number);
