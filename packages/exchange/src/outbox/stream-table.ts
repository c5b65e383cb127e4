import type { StreamName } from "@qianzhi/sdk";
import type { Store } from "../store/store.ts";

/** A row of the table `stream`: the head of a chain, and counts that triggers and receipts keep. */
export interface StreamRow {
  readonly id: number;
  readonly site: string;
  readonly pipeline: string;
  readonly resource: string;
  readonly epoch: number;
  readonly nonce: string;
  readonly sequence: number;
  readonly digest: string;
  /** 1 when the platform has opened this epoch. */
  readonly opened: number;
  /** 1 when the platform has ever opened an epoch for this data directory. */
  readonly opened_before: number;
  /** Where the platform is believed to stand until this epoch is opened there; 0 and empty: it knows nothing. */
  readonly base_epoch: number;
  readonly base_digest: string;
  readonly owed: string | null;
  readonly owed_at: number | null;
  readonly sealed_batches: number;
  readonly handed_batches: number;
  readonly reseal_batches: number;
  readonly waiting_changes: number;
  readonly waiting_bytes: number;
  readonly retained_bytes: number;
  readonly sealed_changes: number;
  readonly accepted: number;
  readonly refused: number;
  readonly voided: number;
  readonly last_receipt_at: number | null;
  /** See `stream-instance.ts`. */
  readonly instances: string | null;
}

/** A position at the platform that a new epoch is opened over. */
export interface EpochBase {
  readonly epoch: number;
  readonly digest: string;
}

export interface StreamTable {
  /** The stream's row; created with epoch 1, not yet opened at the platform, when it is new. */
  open(name: StreamName): StreamRow;
  find(name: StreamName): StreamRow | undefined;
  get(id: number): StreamRow;
  all(): readonly StreamRow[];
  advance(id: number, sequence: number, digest: string, changes: number): void;
  beginEpoch(id: number, epoch: number, base: EpochBase): void;
  /** `opened` 0: the platform has lost the epoch. */
  markOpened(id: number, opened?: 0 | 1): void;
  owe(id: number, reason: string): void;
  clearOwed(id: number): void;
  /** Adds to the totals; negative to take back. */
  count(
    id: number,
    totals: { readonly accepted?: number; readonly refused?: number; readonly voided?: number },
  ): void;
  room(): { readonly waiting: number; readonly retained: number };
}

export function createStreamTable(store: Store): StreamTable {
  const { database, world, transaction } = store;
  const select = database.prepare<StreamRow>(
    "SELECT * FROM stream WHERE site = ? AND pipeline = ? AND resource = ?",
  );
  const selectById = database.prepare<StreamRow>("SELECT * FROM stream WHERE id = ?");
  const selectAll = database.prepare<StreamRow>("SELECT * FROM stream ORDER BY id");
  const selectChanges = database.prepare<{ own: number; others: number }>(
    "SELECT total_changes() AS own, data_version AS others FROM pragma_data_version",
  );
  let known: { readonly at: string; readonly rows: readonly StreamRow[] } | undefined;
  // Delivery asks each second, of hundreds of streams of which none has moved.
  const all = (): readonly StreamRow[] => {
    const { own, others } = selectChanges.get()!;
    // What a transaction that was rolled back has written counts as written.
    const at = `${own}/${others}/${store.rollbacks}`;
    if (known?.at !== at) known = { at, rows: selectAll.all() };
    return known.rows;
  };
  const insert =
    database.prepare(`INSERT INTO stream (site, pipeline, resource, epoch, nonce, sequence, digest)
    VALUES (?, ?, ?, 1, ?, 0, ?) ON CONFLICT DO NOTHING`);
  const advance = database.prepare(
    "UPDATE stream SET sequence = ?, digest = ?, sealed_changes = sealed_changes + ? WHERE id = ?",
  );
  const begin = database.prepare(
    `UPDATE stream SET epoch = ?, nonce = ?, sequence = 0, digest = ?, opened = 0, base_epoch = ?, base_digest = ?
     WHERE id = ?`,
  );
  const opened = database.prepare("UPDATE stream SET opened = ?, opened_before = 1 WHERE id = ?");
  const owe = database.prepare("UPDATE stream SET owed = ?, owed_at = ? WHERE id = ?");
  const count =
    database.prepare(`UPDATE stream SET accepted = accepted + ?, refused = refused + ?, voided = voided + ?,
    last_receipt_at = ? WHERE id = ?`);
  const room = database.prepare<{ waiting: number | null; retained: number | null }>(
    "SELECT sum(waiting_bytes) AS waiting, sum(retained_bytes) AS retained FROM stream",
  );
  const now = (): number => Math.floor(world.clock.now());
  const find = (name: StreamName): StreamRow | undefined =>
    select.get(name.site, name.pipeline, name.resource);

  const create = (name: StreamName): StreamRow =>
    transaction(() => {
      const nonce = newNonce(world.random);
      insert.run(name.site, name.pipeline, name.resource, nonce, nonce);
      return find(name) as StreamRow;
    });

  return {
    open: (name) => find(name) ?? create(name),
    find,
    get: (id) => selectById.get(id) as StreamRow,
    all,
    advance: (id, sequence, digest, changes) => void advance.run(sequence, digest, changes, id),
    beginEpoch(id, epoch, base) {
      const nonce = newNonce(world.random);
      begin.run(epoch, nonce, nonce, base.epoch, base.digest, id);
    },
    markOpened: (id, now = 1) => void opened.run(now, id),
    owe: (id, reason) => void owe.run(reason, now(), id),
    clearOwed: (id) => void owe.run(null, null, id),
    count: (id, { accepted = 0, refused = 0, voided = 0 }) =>
      void count.run(accepted, refused, voided, now(), id),
    room() {
      const sums = room.get();
      return { waiting: sums?.waiting ?? 0, retained: sums?.retained ?? 0 };
    },
  };
}

/** 64 random hex digits: the root of an epoch's chain. */
function newNonce(random: { bytes(count: number): Uint8Array }): string {
  return Buffer.from(random.bytes(32)).toString("hex");
}

export function nameOf({ site, pipeline, resource }: StreamRow): StreamName {
  return { site, pipeline, resource };
}
