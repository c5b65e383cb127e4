import { contentSeal, type Store } from "@qianzhi/exchange";
import type { PositionValue } from "@qianzhi/sdk";

/** How far a source had come when it was looked at beside a poll. */
export interface SourceMark {
  /** The greatest value of a key column; sensitive. Null: to be looked at anew. */
  readonly value: PositionValue | null;
  readonly column: string;
  /** Since when it has been greater though no row came; null when it is not. */
  readonly aheadSince: number | null;
  /** A later poll has not seen a row either. */
  readonly isConfirmed: boolean;
}

type StateStore = Pick<Store, "database" | "secret" | "world">;

const sealOf = ({ secret, world }: StateStore) => contentSeal(secret, world.random, "source-mark");

export function readSourceMark(store: StateStore, pipeline: string): SourceMark | undefined {
  const row = store.database
    .prepare<{ mark: Uint8Array }>("SELECT mark FROM source_mark WHERE pipeline = ?")
    .get(pipeline);
  return row === undefined
    ? undefined
    : (JSON.parse(sealOf(store).decrypt(row.mark)) as SourceMark);
}

/** In the caller's transaction, if there is one. */
export function writeSourceMark(store: StateStore, pipeline: string, mark: SourceMark): void {
  store.database
    .prepare("INSERT INTO source_mark VALUES (?, ?) ON CONFLICT DO UPDATE SET mark = excluded.mark")
    .run(pipeline, sealOf(store).encrypt(JSON.stringify(mark)));
}
