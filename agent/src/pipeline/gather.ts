import { noChanges, type PageChanges, type UpsertPart } from "./page-changes.ts";

/*
 * Pages are small, so that few rows are in memory at a time: what the collector finds alive whenever it looks costs a
 * multiple of what it clears away. A batch is worth its durable transaction, so several pages make one.
 */
export interface Gathering {
  readonly isEmpty: boolean;
  /** Enough for a batch; nothing may be added to it then. */
  readonly isFull: boolean;
  /** False when the page changes a key that is gathered already: a batch names each key once. */
  fits(page: PageChanges): boolean;
  add(page: PageChanges, rows: number): void;
  /** Everything gathered, as the changes of one page. */
  take(): PageChanges;
}

export interface GatheringLimits {
  readonly rows: number;
  readonly bytes: number;
}

export function gathering(limits: GatheringLimits): Gathering {
  let pages: PageChanges[] = [];
  let rows = 0;
  let bytes = 0;
  let closed = false;
  return {
    get isEmpty() {
      return pages.length === 0;
    },
    get isFull() {
      return closed || rows >= limits.rows || bytes >= limits.bytes;
    },
    fits({ keys = none }) {
      for (const page of pages)
        if (page.keys !== undefined) for (const key of keys) if (page.keys.has(key)) return false;
      return true;
    },
    add(page, pageRows) {
      pages.push(page);
      rows += pageRows;
      for (const { lines } of page.upserts) bytes += lines.byteLength;
      // What a later page says of a refused row must come after its refusal.
      closed = page.refused.length > 0;
    },
    take() {
      const joined = pages.length === 1 ? pages[0] : joinedPages(pages, limits.bytes);
      pages = [];
      rows = 0;
      bytes = 0;
      closed = false;
      return joined ?? noChanges;
    },
  };
}

const none: ReadonlySet<string> = new Set();

function joinedPages(pages: readonly PageChanges[], partBytes: number): PageChanges {
  const upserts: UpsertPart[] = [];
  for (const part of pages.flatMap((page) => page.upserts)) {
    const last = upserts.at(-1);
    if (last === undefined || last.lines.byteLength + part.lines.byteLength > partBytes)
      upserts.push(part);
    else upserts[upserts.length - 1] = joinedParts(last, part);
  }
  return {
    deletes: pages.flatMap((page) => page.deletes),
    upserts,
    refused: pages.flatMap((page) => page.refused),
    gone: pages.flatMap(({ gone = [] }) => gone),
    mended: pages.flatMap(({ mended = [] }) => mended),
    sealedKeys: pages.flatMap(({ sealedKeys = [] }) => sealedKeys),
  };
}

const joinedParts = (one: UpsertPart, other: UpsertPart): UpsertPart => ({
  lines: {
    length: one.lines.length + other.lines.length,
    byteLength: one.lines.byteLength + other.lines.byteLength,
    pieces: [...one.lines.pieces, ...other.lines.pieces],
    spend() {
      one.lines.spend?.();
      other.lines.spend?.();
    },
  },
  sourceKeys: [...one.sourceKeys, ...other.sourceKeys],
});
