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
  /** Hash of the last entry: noted elsewhere, it also shows a cut-off end. */
  readonly head: string;
  /** The first entry that does not fit its predecessor or its own hash. */
  readonly brokenAt?: number;
}

/** The append-only account of what was done. Entries are written in the transaction of what they record. */
export interface Ledger {
  append(kind: string, detail: Readonly<Record<string, unknown>>): void;
  list(options?: { readonly after?: number; readonly limit?: number }): readonly LedgerEntry[];
  /** Recomputes the whole chain. */
  verify(): LedgerVerification;
}

const ROOT = "0".repeat(64);
const DEFAULT_PAGE = 100;

interface Row {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly detail: string;
  readonly previous: string;
  readonly hash: string;
}

export function createLedger({ database, world }: Pick<Store, "database" | "world">): Ledger {
  const last = database.prepare<{ seq: number; hash: string }>(
    "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1",
  );
  const insert = database.prepare("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?)");
  const page = database.prepare<Row>("SELECT * FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?");
  const all = database.prepare<Row>("SELECT * FROM ledger ORDER BY seq");
  return {
    append(kind, detail) {
      const { seq, hash: previous } = last.get() ?? { seq: 0, hash: ROOT };
      const row = {
        seq: seq + 1,
        at: Math.floor(world.clock.now()),
        kind,
        detail: JSON.stringify(detail),
        previous,
      };
      insert.run(row.seq, row.at, row.kind, row.detail, row.previous, hashOf(row));
    },
    list(options = {}) {
      const rows = page.all(options.after ?? 0, options.limit ?? DEFAULT_PAGE);
      return rows.map((row) => ({
        ...row,
        detail: storedJson(row.detail) as Record<string, unknown>,
      }));
    },
    verify() {
      let entries = 0;
      let head = ROOT;
      for (const row of all.iterate()) {
        if (row.seq !== entries + 1 || row.previous !== head || row.hash !== hashOf(row)) {
          return { entries, head, brokenAt: entries + 1 };
        }
        entries += 1;
        head = row.hash;
      }
      return { entries, head };
    },
  };
}

/** Verifies the ledger of a store: see {@link Ledger.verify}. */
export function verifyLedger(store: Store): LedgerVerification {
  return createLedger(store).verify();
}

function hashOf(row: Omit<Row, "hash">): string {
  return createHash("sha256")
    .update([row.previous, row.seq, row.at, row.kind, row.detail].join("\n"))
    .digest("hex");
}
