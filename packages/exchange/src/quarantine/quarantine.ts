import { QianzhiError, type RefusalReason } from "@qianzhi/sdk";
import type { Ledger } from "../ledger/ledger.ts";
import type { Store } from "../store/store.ts";
import type { NewQuarantineEntry, QuarantinedContent, QuarantineEntry } from "./entry.ts";
import { createQuarantineHistory, type QuarantineHistory } from "./history.ts";
import { createOpenKeys, type OpenKey } from "./open-keys.ts";
import { contentSeal } from "./seal-content.ts";
import { storedJson } from "../store/stored-json.ts";

export interface QuarantineFilter {
  readonly pipeline?: string;
  /** Default open. */
  readonly state?: "open" | "closed" | "all";
  readonly temporary?: boolean;
  /** Entries with a reason of this code, and of this item: of one reason when both are given. */
  readonly reason?: string;
  readonly item?: string;
  /** Entries with a larger id. */
  readonly after?: number;
  readonly limit?: number;
}

/** How many entries have a reason. */
export interface ReasonCount {
  readonly pipeline: string;
  /** Null for a reason of the whole record. */
  readonly item: string | null;
  readonly code: string;
  readonly count: number;
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
  /** How many entries `list` has without a limit. */
  total(filter?: QuarantineFilter): number;
  /** The most frequent reasons first, at most `limit`. An entry counts for each reason that it has. */
  reasons(filter?: QuarantineFilter): readonly ReasonCount[];
  /** Entries opened and closed by day and reason, the latest day first; see `HISTORY_DAYS`. */
  readonly history: QuarantineHistory;
  /** The protected content. The look is written to the ledger with the name of who looked. */
  show(id: number, by: string): (QuarantineEntry & QuarantinedContent) | undefined;
  /** The protected content without a ledger entry: for the program itself, or for a look that was noted as a whole. */
  content(id: number): QuarantinedContent | undefined;
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

/** @param today The day that history counts for, YYYY-MM-DD. */
export function createQuarantine(store: Store, ledger: Ledger, today: () => string): Quarantine {
  const { database, world } = store;
  const seal = contentSeal(store.secret, world.random, "quarantine");
  const open = createOpenKeys(store, seal);
  const history = createQuarantineHistory(store, today);
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
  const setClosed = database.prepare(
    "UPDATE quarantine SET closed_at = ?, closed_by = ? WHERE id = ?",
  );
  const end = (id: number, by: string): void => {
    const row = select.get(id);
    if (row === undefined) return;
    history.note(row.pipeline, reasonsOf(row), []);
    setClosed.run(Math.floor(world.clock.now()), by, id);
  };

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
    const before = known === undefined ? undefined : select.get(known);
    history.note(entry.pipeline, before === undefined ? [] : reasonsOf(before), entry.reasons);
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
    const { where, values } = condition(filter);
    return database
      .prepare<Row>(`SELECT * FROM quarantine WHERE ${where} ORDER BY id LIMIT ?`)
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
        end(known.id, by);
        open.changed(pipeline, (keys) => keys.delete(keyText));
        return true;
      }),
    closeRefusals: (pipeline, by, ordinal) =>
      store.transaction(() => {
        const refused = new Set(selectRefusals.all(pipeline, ordinal).map(({ id }) => id));
        if (refused.size === 0) return;
        for (const id of refused) end(id, by);
        open.changed(pipeline, (keys) => {
          for (const [key, { id }] of keys) if (refused.has(id)) keys.delete(key);
        });
      }),
    openKeys: (pipeline) => open.of(pipeline),
    list: (filter = {}) => list(filter),
    total(filter = {}) {
      const { where, values } = condition(filter);
      return (
        database
          .prepare<{ n: number }>(`SELECT count(*) AS n FROM quarantine WHERE ${where}`)
          .get(...values)?.n ?? 0
      );
    },
    reasons(filter = {}) {
      const { where, values } = condition(filter);
      return database
        .prepare<{ pipeline: string; item: string | null; code: string; count: number }>(
          `SELECT pipeline, json_extract(reason.value, '$.item') AS item,
             json_extract(reason.value, '$.code') AS code, count(DISTINCT quarantine.id) AS count
           FROM quarantine, json_each(reasons) AS reason WHERE ${where}
           GROUP BY 1, 2, 3 ORDER BY count DESC, pipeline, code, item LIMIT ?`,
        )
        .all(...values, filter.limit ?? DEFAULT_PAGE)
        .map((row) => ({ ...row }));
    },
    history,
    show: (id, by) =>
      store.transaction(() => {
        const row = select.get(id);
        if (row === undefined) return undefined;
        ledger.append("quarantine-shown", { id, pipeline: row.pipeline, by });
        return { ...entryOf(row), ...content(row) };
      }),
    content(id) {
      const row = select.get(id);
      return row === undefined ? undefined : content(row);
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

/** The filter as SQL over the table, apart from its limit. */
function condition(filter: QuarantineFilter): {
  readonly where: string;
  readonly values: readonly (string | number)[];
} {
  const { after = 0, pipeline, temporary, state = "open", reason, item } = filter;
  const values: (string | number)[] = [after];
  const conditions = ["quarantine.id > ?"];
  const demand = (sql: string, value: string | number): void => {
    conditions.push(sql);
    values.push(value);
  };
  if (pipeline !== undefined) demand("pipeline = ?", pipeline);
  if (temporary !== undefined) demand("temporary = ?", temporary ? 1 : 0);
  if (state !== "all") conditions.push(`closed_at IS ${state === "closed" ? "NOT NULL" : "NULL"}`);
  if (reason !== undefined || item !== undefined) {
    const wanted = { code: reason, item };
    const each = Object.entries(wanted).flatMap(([name, value]) => {
      if (value === undefined) return [];
      values.push(value);
      return [`json_extract(value, '$.${name}') = ?`];
    });
    conditions.push(`EXISTS (SELECT 1 FROM json_each(reasons) WHERE ${each.join(" AND ")})`);
  }
  return { where: conditions.join(" AND "), values };
}

const reasonsOf = (row: Row): readonly RefusalReason[] =>
  storedJson(row.reasons) as RefusalReason[];

function entryOf(row: Row): QuarantineEntry {
  const { epoch, sequence, line } = row;
  return {
    id: row.id,
    pipeline: row.pipeline,
    resource: row.resource,
    keyHash: Buffer.from(row.key_hash).toString("hex"),
    reasons: reasonsOf(row),
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
