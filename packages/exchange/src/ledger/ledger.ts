import { createHash } from "node:crypto";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored-json.ts";

export interface LedgerEntry {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: string;
  /** Names, counts and places; never a source value. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 over previous, seq, at, kind and the detail's JSON text, joined by line feeds. */
  readonly hash: string;
}

export interface LedgerVerification {
  readonly entries: number;
  /** The first entry there is; what came before was cut off, as an entry behind it says. Undefined without entries. */
  readonly first?: number;
  /** Hash of the last entry: noted elsewhere, it also shows a cut-off end. */
  readonly head: string;
  /** The first entry that does not fit its predecessor or its own hash. */
  readonly brokenAt?: number;
}

/** The append-only account of what was done. Entries are written in the transaction of what they record. */
export interface Ledger {
  append(kind: string, detail: Readonly<Record<string, unknown>>): void;
  list(options?: { readonly after?: number; readonly limit?: number }): readonly LedgerEntry[];
  /** The newest entries, the newest last. */
  latest(options: { readonly limit: number; readonly kind?: string }): readonly LedgerEntry[];
  /** Recomputes the whole chain. */
  verify(): LedgerVerification;
  /**
   * Gives up the oldest entries that are older than their time or do not fit, some thousands at most; answers how many. The
   * cut is an entry itself, with the place and hash of the last one that went, so that the chain shows any other.
   */
  cut(): number;
  /** What is there, without reading it. */
  extent(): LedgerExtent;
}

export interface LedgerExtent {
  readonly bytes: number;
  /** When the oldest entry was written, in milliseconds since 1970; undefined without entries. */
  readonly since?: number;
  /** When the newest entry had been written that was cut off before its time, for want of room. */
  readonly cutAt?: number;
}

const ROOT = "0".repeat(64);
const DEFAULT_PAGE = 100;
/** Entries cut off in one transaction: each is overwritten. */
const CUT_ENTRIES = 4_000;
/** What an entry takes beside its detail; see `ledger_extent` in the schema. */
const ENTRY_BYTES = 200;
const DAY_MS = 24 * 3_600_000;

/** An entry as it is stored. */
export interface LedgerRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly detail: string;
  readonly previous: string;
  readonly hash: string;
}

/** The kind of the entry that tells of a cut. */
const CUT = "ledger-cut";

export function createLedger({ database, world, limits, transaction }: Store): Ledger {
  const last = database.prepare<{ seq: number; hash: string }>(
    "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1",
  );
  const insert = database.prepare("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?)");
  const page = database.prepare<LedgerRow>(
    "SELECT * FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?",
  );
  const newest = database.prepare<LedgerRow>(
    "SELECT * FROM ledger WHERE kind = coalesce(?, kind) ORDER BY seq DESC LIMIT ?",
  );
  const all = database.prepare<LedgerRow>("SELECT * FROM ledger ORDER BY seq");
  const oldest = database.prepare<{ at: number }>("SELECT at FROM ledger ORDER BY seq LIMIT 1");
  const extent = database.prepare<{ bytes: number; cut_seq: number; cut_at: number | null }>(
    "SELECT bytes, cut_seq, cut_at FROM ledger_extent",
  );
  const setCut = database.prepare(
    "UPDATE ledger_extent SET cut_seq = ?, cut_at = coalesce(?, cut_at)",
  );
  const dropCut = database.prepare(
    "DELETE FROM ledger WHERE seq <= (SELECT cut_seq FROM ledger_extent)",
  );

  function append(kind: string, detail: Readonly<Record<string, unknown>>): void {
    const { seq, hash: previous } = last.get() ?? { seq: 0, hash: ROOT };
    const row = {
      seq: seq + 1,
      at: Math.floor(world.clock.now()),
      kind,
      detail: JSON.stringify(detail),
      previous,
    };
    insert.run(row.seq, row.at, row.kind, row.detail, row.previous, hashOf(row));
  }

  const outdatedAt = (): number => world.clock.now() - limits.keepLedgerMs;

  /** Those to cut off: by age a day's at once, by size a tenth, so that it is not cut at each look. */
  function outdated(): readonly LedgerRow[] {
    const excess = (extent.get()?.bytes ?? 0) - limits.maxLedgerBytes;
    const before = outdatedAt();
    const since = oldest.get()?.at ?? before;
    if (excess <= 0 && since >= before - DAY_MS) return [];
    let spare = excess <= 0 ? 0 : excess + limits.maxLedgerBytes / 10;
    // The newest stays: the chain goes on from it.
    const rows = page.all(0, CUT_ENTRIES + 1).slice(0, -1);
    const kept = rows.findIndex(({ at, detail }) => {
      if (at >= before && spare <= 0) return true;
      spare -= ENTRY_BYTES + Buffer.byteLength(detail);
      return false;
    });
    const gone = kept < 0 ? rows : rows.slice(0, kept);
    // Of one alone, the entry that tells of it would take the room: it would be cut for ever.
    return gone.length < 2 ? [] : gone;
  }

  return {
    append,
    cut: () =>
      transaction(() => {
        const rows = outdated();
        const end = rows.at(-1);
        if (end === undefined) return 0;
        append(CUT, { entries: rows.length, through: end.seq, hash: end.hash });
        const before = outdatedAt();
        const early = rows.map(({ at }) => at).filter((at) => at >= before);
        setCut.run(end.seq, early.length === 0 ? null : Math.max(...early));
        dropCut.run();
        return rows.length;
      }),
    extent() {
      const { bytes = 0, cut_at: cutAt = null } = extent.get() ?? {};
      const since = oldest.get()?.at;
      return {
        bytes,
        ...(since === undefined ? {} : { since }),
        ...(cutAt === null ? {} : { cutAt }),
      };
    },
    list(options = {}) {
      return page.all(options.after ?? 0, options.limit ?? DEFAULT_PAGE).map(entryOf);
    },
    latest: ({ limit, kind = null }) => newest.all(kind, limit).map(entryOf).reverse(),
    verify() {
      const { isWhole, ...found } = verifyEntries(all.iterate());
      // What begins in the middle without an entry that tells why has lost its beginning.
      const { first, brokenAt = isWhole ? undefined : first } = found;
      return { ...found, ...(brokenAt === undefined ? {} : { brokenAt }) };
    },
  };
}

const entryOf = (row: LedgerRow): LedgerEntry => ({
  ...row,
  detail: storedJson(row.detail) as Record<string, unknown>,
});

/** Of entries alone: whether they begin where the ledger does, or behind a cut that one of them tells of. */
export interface EntriesVerification extends LedgerVerification {
  readonly isWhole: boolean;
}

/** Verifies entries in their order, from wherever they begin. */
export function verifyEntries(rows: Iterable<LedgerRow>): EntriesVerification {
  let entries = 0;
  let head = ROOT;
  let first: LedgerRow | undefined;
  let isWhole = false;
  for (const row of rows) {
    if (first === undefined) {
      first = row;
      isWhole = row.seq === 1;
      if (!isWhole) head = row.previous;
    }
    const seq = first.seq + entries;
    if (row.seq !== seq || row.previous !== head || row.hash !== hashOf(row))
      return { entries, first: first.seq, head, isWhole, brokenAt: seq };
    isWhole ||= row.kind === CUT && isBefore(row, first);
    entries += 1;
    head = row.hash;
  }
  return { entries, ...(first === undefined ? {} : { first: first.seq }), head, isWhole };
}

function isBefore({ detail }: LedgerRow, first: LedgerRow): boolean {
  const { through, hash } = storedJson(detail) as { through?: unknown; hash?: unknown };
  return through === first.seq - 1 && hash === first.previous;
}

/** Verifies the ledger of a store: see {@link Ledger.verify}. */
export function verifyLedger(store: Store): LedgerVerification {
  return createLedger(store).verify();
}

function hashOf(row: Omit<LedgerRow, "hash">): string {
  return createHash("sha256")
    .update([row.previous, row.seq, row.at, row.kind, row.detail].join("\n"))
    .digest("hex");
}
