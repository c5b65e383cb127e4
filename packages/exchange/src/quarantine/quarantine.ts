import { QianzhiError, type RefusalReason } from "@qianzhi/sdk";
import type { Ledger } from "../ledger/ledger.ts";
import type { Store } from "../store/store.ts";
import type { NewQuarantineEntry, QuarantinedContent, QuarantineEntry } from "./entry.ts";
import { createOpenKeys, type OpenKey } from "./open-keys.ts";
import { contentSeal } from "./seal-content.ts";

export interface QuarantineFilter {
  readonly pipeline?: string;
  /** Default open. */
  readonly state?: "open" | "closed" | "all";
  readonly temporary?: boolean;
  /** Entries with a larger id. */
  readonly after?: number;
  readonly limit?: number;
}

/**
 * Records that may not be sent as they are. One open entry a key: a key refused again renews its entry. Methods that write
 * belong into the transaction of what caused them and open one themselves otherwise.
 */
export interface Quarantine {
  /**
   * Opens or renews an entry, answers its id. A site's entry beyond `limit` open ones of its pipeline is QZ_QUARANTINE_FULL;
   * a platform's refusal is always recorded, since the batch is already sent.
   */
  open(entry: NewQuarantineEntry, limit?: number): number;
  /** Closes the key's open entry, if there is one that a change of this ordinal closes; answers whether it did. */
  close(pipeline: string, keyText: string, by: string, ordinal?: number): boolean;
  /** Closes the pipeline's open refusals of the platform that are older than this ordinal. */
  closeRefusals(pipeline: string, by: string, ordinal: number): void;
  /** Open keys of a pipeline, for a caller that compares many. */
  openKeys(pipeline: string): ReadonlyMap<string, OpenKey>;
  /** Without values: those are for `show`. */
  list(filter?: QuarantineFilter): readonly QuarantineEntry[];
  /** The protected content. The look is written to the ledger with the name of who looked. */
  show(id: number, by: string): (QuarantineEntry & QuarantinedContent) | undefined;
  /** The protected content for the program itself (reading a key again), without a ledger entry. */
  keyText(id: number): string | undefined;
  count(pipeline: string): number;
  /** Erases entries closed before the time given; answers how many. */
  forget(before: number, limit: number): number;
}

interface Row {
  readonly id: number;
  readonly pipeline: string;
  readonly resource: string;
  readonly key_hash: Uint8Array;
  readonly content: Uint8Array;
  readonly reasons: string;
  readonly origin: string;
  readonly temporary: number;
  readonly epoch: number | null;
  readonly sequence: number | null;
  readonly line: number | null;
  readonly opened_at: number;
  readonly seen: number;
  readonly closed_at: number | null;
  readonly closed_by: string | null;
}

const DEFAULT_PAGE = 100;

export function createQuarantine(store: Store, ledger: Ledger): Quarantine {
  const { database, world } = store;
  const seal = contentSeal(store.secret, world.random, "quarantine");
  const open = createOpenKeys(store, seal);
  const select = database.prepare<Row>("SELECT * FROM quarantine WHERE id = ?");
  const selectLast = database.prepare<{ last: number | null }>("SELECT max(id) AS last FROM batch");
  const selectByHash = database.prepare<{ id: number }>(
    "SELECT id FROM quarantine WHERE pipeline = ? AND key_hash = ? AND closed_at IS NULL",
  );
  const selectRefusals = database.prepare<{ id: number }>(
    "SELECT id FROM quarantine WHERE pipeline = ? AND ordinal < ? AND origin = 'platform' AND closed_at IS NULL",
  );
  const insert = database.prepare(`INSERT INTO quarantine
    (pipeline, resource, key_hash, content, reasons, origin, temporary, ordinal, epoch, sequence, line, opened_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const renew =
    database.prepare(`UPDATE quarantine SET content = ?, reasons = ?, origin = ?, temporary = ?, ordinal = ?,
    epoch = ?, sequence = ?, line = ?, seen = seen + 1 WHERE id = ?`);
  const end = database.prepare("UPDATE quarantine SET closed_at = ?, closed_by = ? WHERE id = ?");

  const write = (entry: NewQuarantineEntry, limit: number): number => {
    const keyHash = seal.hash(entry.keyText ?? `record:${entry.recordText ?? ""}`);
    const known = selectByHash.get(entry.pipeline, keyHash)?.id;
    if (known === undefined && entry.origin === "site" && open.of(entry.pipeline).size >= limit) {
      throw new QianzhiError("QZ_QUARANTINE_FULL", { pipeline: entry.pipeline, limit });
    }
    const ordinal = entry.ordinal ?? selectLast.get()?.last ?? 0;
    const content = seal.encrypt(
      JSON.stringify({ keyText: entry.keyText, recordText: entry.recordText }),
    );
    const common = [
      content,
      JSON.stringify(entry.reasons),
      entry.origin,
      entry.temporary ? 1 : 0,
      ordinal,
    ] as const;
    const place = [
      entry.place?.epoch ?? null,
      entry.place?.sequence ?? null,
      entry.place?.line ?? null,
    ] as const;
    if (known !== undefined) renew.run(...common, ...place, known);
    const now = Math.floor(world.clock.now());
    const id =
      known ??
      Number(
        insert.run(entry.pipeline, entry.resource, keyHash, ...common, ...place, now)
          .lastInsertRowid,
      );
    open.changed(entry.pipeline, (keys) => keys.set(entry.keyText ?? `#${id}`, { id, ordinal }));
    return id;
  };

  const list = (filter: QuarantineFilter): readonly QuarantineEntry[] => {
    const conditions = ["id > ?"];
    const values: (string | number)[] = [filter.after ?? 0];
    if (filter.pipeline !== undefined)
      conditions.push("pipeline = ?") && values.push(filter.pipeline);
    if (filter.temporary !== undefined)
      conditions.push("temporary = ?") && values.push(filter.temporary ? 1 : 0);
    if (filter.state !== "all")
      conditions.push(`closed_at IS ${filter.state === "closed" ? "NOT NULL" : "NULL"}`);
    const sql = `SELECT * FROM quarantine WHERE ${conditions.join(" AND ")} ORDER BY id LIMIT ?`;
    return database
      .prepare<Row>(sql)
      .all(...values, filter.limit ?? DEFAULT_PAGE)
      .map(entryOf);
  };
  const content = (row: Row): QuarantinedContent =>
    JSON.parse(seal.decrypt(row.content)) as QuarantinedContent;

  return {
    open: (entry, limit = store.limits.maxQuarantined) =>
      store.transaction(() => write(entry, limit)),
    close: (pipeline, keyText, by, ordinal = Number.MAX_SAFE_INTEGER) =>
      store.transaction(() => {
        const known = open.of(pipeline).get(keyText);
        if (known === undefined || known.ordinal >= ordinal) return false;
        end.run(Math.floor(world.clock.now()), by, known.id);
        open.changed(pipeline, (keys) => keys.delete(keyText));
        return true;
      }),
    closeRefusals: (pipeline, by, ordinal) =>
      store.transaction(() => {
        const refused = new Set(selectRefusals.all(pipeline, ordinal).map(({ id }) => id));
        if (refused.size === 0) return;
        const now = Math.floor(world.clock.now());
        for (const id of refused) end.run(now, by, id);
        open.changed(pipeline, (keys) => {
          for (const [key, { id }] of keys) if (refused.has(id)) keys.delete(key);
        });
      }),
    openKeys: (pipeline) => open.of(pipeline),
    list: (filter = {}) => list(filter),
    show: (id, by) =>
      store.transaction(() => {
        const row = select.get(id);
        if (row === undefined) return undefined;
        ledger.append("quarantine-shown", { id, pipeline: row.pipeline, by });
        return { ...entryOf(row), ...content(row) };
      }),
    keyText(id) {
      const row = select.get(id);
      return row === undefined ? undefined : content(row).keyText;
    },
    count: (pipeline) => open.of(pipeline).size,
    forget: (before, limit) =>
      Number(
        database
          .prepare(`DELETE FROM quarantine WHERE id IN
      (SELECT id FROM quarantine WHERE closed_at < ? ORDER BY closed_at LIMIT ?)`)
          .run(before, limit).changes,
      ),
  };
}

function entryOf(row: Row): QuarantineEntry {
  const { epoch, sequence, line } = row;
  return {
    id: row.id,
    pipeline: row.pipeline,
    resource: row.resource,
    keyHash: Buffer.from(row.key_hash).toString("hex"),
    reasons: JSON.parse(row.reasons) as RefusalReason[],
    origin: row.origin === "site" ? "site" : "platform",
    temporary: row.temporary === 1,
    ...(epoch !== null && sequence !== null && line !== null
      ? { place: { epoch, sequence, line } }
      : {}),
    openedAt: row.opened_at,
    seen: row.seen,
    state: row.closed_at === null ? "open" : "closed",
    ...(row.closed_at === null ? {} : { closedAt: row.closed_at }),
    ...(row.closed_by === null ? {} : { closedBy: row.closed_by }),
  };
}
