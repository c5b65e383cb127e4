import { QianzhiError, defineAdapter } from "@qianzhi/sdk";
import type { Adapter, ColumnRequest, RawRow, RawValue } from "@qianzhi/sdk";

export type ListedRow = Readonly<Record<string, RawValue>>;

/** A source that can only list, and what the test lets it do. */
export interface Lister {
  readonly adapter: Adapter;
  /** The table `rkxx`, in whatever order. */
  rows: readonly ListedRow[];
  /** Called before each page of a listing; what it throws ends the listing. */
  beforePage: (listing: number, page: number) => void;
  /** Listings begun so far. */
  listings: number;
}

const PAGE_ROWS = 500;
const columns = [
  { name: "sfzh", type: "text" },
  { name: "xm", type: "text" },
  { name: "nl", type: "integer" },
] as const;

export function lister(rows: readonly ListedRow[] = []): Lister {
  const open = async () => ({
    probe: async () => ({
      product: "list",
      version: "1",
      now: "2026-01-01 08:00:00",
      offset: "+08:00",
    }),
    describe: async () => ({
      name: ["rkxx"],
      kind: "table" as const,
      key: [],
      indexes: [],
      columns: columns.map((column) => ({ ...column, native: column.type, nullable: false })),
    }),
    async *list(_relation: unknown, requested: readonly ColumnRequest[], signal: AbortSignal) {
      const listing = (state.listings += 1);
      for (let at = 0, page = 1; at === 0 || at < state.rows.length; at += PAGE_ROWS, page += 1) {
        if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "list" });
        state.beforePage(listing, page);
        const part = state.rows.slice(at, at + PAGE_ROWS);
        const asked = (row: ListedRow): RawRow => requested.map(({ name }) => row[name] ?? null);
        yield { rows: part.map(asked) };
      }
    },
    close: async () => undefined,
  });
  const state: Lister = {
    adapter: defineAdapter({ kind: "list", optionsSchema: { type: "object" }, open }),
    rows,
    beforePage: () => undefined,
    listings: 0,
  };
  return state;
}
