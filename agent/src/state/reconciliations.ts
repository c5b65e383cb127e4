import { storedJson, contentSeal, type Store } from "@qianzhi/exchange";
import type { ResourceDigest } from "@qianzhi/sdk";
import type { GuardReport, StoredError } from "./pipeline-state.ts";

/** Why a key is believed to have differed. */
export type Believed = "late-commit" | "unstamped" | "deleted" | "changed-at-platform";

/** A key that differed and was sealed again, or deleted. Sensitive: mask it before anybody sees it. */
export interface RepairedKey {
  readonly key: string;
  readonly kind: "missing" | "stale" | "surplus";
  readonly because: Believed;
}

/** What a reconciliation has found and done. */
export interface ReconciliationOutcome {
  readonly rows: number;
  /** Rows that were equal at the platform, or on their way to it. */
  readonly equal: number;
  /** Keys that may not be sent, or that the platform has refused: the quarantine names them. */
  readonly named: number;
  readonly repaired: { readonly missing: number; readonly stale: number; readonly surplus: number };
  /** The first of the keys that differed. */
  readonly keys: readonly RepairedKey[];
  /**
   * Digests of what should be there and of what was, before anything was repaired; the records of named keys left out on
   * both sides. Absent from an outcome that an older version kept.
   */
  readonly digests?: { readonly source: ResourceDigest; readonly platform: ResourceDigest };
  readonly scans: number;
  readonly seconds: number;
  /** The platform's last batch when it was asked. */
  readonly asOf: { readonly epoch: number; readonly sequence: number };
  /** More differs than was looked into: it is gone on with when this has been delivered. */
  readonly isPart: boolean;
  /** So much differed that all was sent again. */
  readonly isResent: boolean;
  /** Deletions that the guard holds. */
  readonly held?: GuardReport;
  /** Mode cursor: where the position stood, to tell a stamp that moved since from one that did not. */
  readonly stamp?: string | number;
}

export interface ReconciliationTimes {
  /** Since when the pipeline is known here. */
  readonly since: number;
  /** When a person asked for one that was not made yet. */
  readonly askedAt: number | null;
  readonly doneAt: number | null;
}

export interface ReconciliationState extends ReconciliationTimes {
  /** How many deletions a person has allowed. */
  readonly approvedDeletes: number | null;
  readonly outcome: ReconciliationOutcome | null;
  /** What stopped the last attempt; null after a good one. */
  readonly error: StoredError | null;
}

interface Row {
  readonly since: number;
  readonly asked_at: number | null;
  readonly done_at: number | null;
  readonly approved_deletes: number | null;
  readonly outcome: Uint8Array | null;
  readonly error: string | null;
}

type StateStore = Pick<Store, "database" | "secret" | "world">;

const sealOf = ({ secret, world }: StateStore) =>
  contentSeal(secret, world.random, "reconciliation");

/** Without what came of it, which is long and encrypted. */
export const readReconciliationTimes = (
  { database }: StateStore,
  pipeline: string,
): ReconciliationTimes | undefined =>
  database
    .prepare<ReconciliationTimes>(
      "SELECT since, asked_at AS askedAt, done_at AS doneAt FROM reconciliation WHERE pipeline = ?",
    )
    .get(pipeline);

export function readReconciliation(
  store: StateStore,
  pipeline: string,
): ReconciliationState | undefined {
  const row = store.database
    .prepare<Row>("SELECT * FROM reconciliation WHERE pipeline = ?")
    .get(pipeline);
  return row === undefined
    ? undefined
    : {
        since: row.since,
        askedAt: row.asked_at,
        doneAt: row.done_at,
        approvedDeletes: row.approved_deletes,
        outcome:
          row.outcome === null
            ? null
            : (JSON.parse(sealOf(store).decrypt(row.outcome)) as ReconciliationOutcome),
        error: row.error === null ? null : (storedJson(row.error) as StoredError),
      };
}

/** Changes the given fields, in the caller's transaction if there is one. */
export function writeReconciliation(
  store: StateStore,
  pipeline: string,
  change: Partial<Omit<ReconciliationState, "since">>,
): void {
  const { database, world } = store;
  database
    .prepare("INSERT INTO reconciliation (pipeline, since) VALUES (?, ?) ON CONFLICT DO NOTHING")
    .run(pipeline, Math.floor(world.clock.now()));
  const set = (column: string, value: number | string | Uint8Array | null): void =>
    void database
      .prepare(`UPDATE reconciliation SET ${column} = ? WHERE pipeline = ?`)
      .run(value, pipeline);
  const { askedAt, doneAt, approvedDeletes, outcome, error } = change;
  if (askedAt !== undefined) set("asked_at", askedAt);
  if (doneAt !== undefined) set("done_at", doneAt);
  if (approvedDeletes !== undefined) set("approved_deletes", approvedDeletes);
  if (error !== undefined) set("error", error === null ? null : JSON.stringify(error));
  if (outcome !== undefined)
    set("outcome", outcome === null ? null : sealOf(store).encrypt(JSON.stringify(outcome)));
}
