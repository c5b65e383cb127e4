import type { Database } from "@qianzhi/exchange";
import type { BlockCipher, DiffBlock, DiffEntries } from "./diff-block.ts";
import type { KeyedHash } from "./row-hash.ts";

/** Its entries are read when they are asked for, once: most blocks of most polls are told by their digest. */
export interface StoredBlock extends DiffBlock {
  readonly place: number;
  /** Under which the contents were hashed. */
  readonly fingerprint: string;
  /** In which the records were sealed: those of an earlier generation count as not sealed. */
  readonly generation: number;
  readonly rows: number;
  /** Keyed hash of the rows that the entries were made of, in the source's order; null when they are not just those. */
  readonly digest: string | null;
}

interface BlockRow {
  readonly place: number;
  readonly fingerprint: string;
  readonly generation: number;
  readonly rows: number;
  readonly digest: string | null;
  readonly bounds: Uint8Array;
}

/** Of a keyed hash, in a number of 32 bits: a wrong block is looked into once in some billion rows. */
const SHORT_DIGITS = 8;
const HASH_BYTES = 4;
/** Blocks whose hashes are in memory together. */
const FILTERS_TOGETHER = 1_000;

function mayHold(bytes: Uint8Array, wanted: ReadonlySet<number>): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; at += HASH_BYTES)
    if (wanted.has(view.getUint32(at))) return true;
  return false;
}

/** Distance between the places of two new blocks: room for some 1,500 blocks between them before a renumbering. */
const PLACE_STEP = 2 ** 36;
/** A new block takes this share of the room that is left. */
const PLACE_SHARE = 64;
/** Below it, blocks are renumbered before the next poll. */
const CROWDED = 2 ** 10;

/**
 * The last known content of a source, as blocks in the order in which the source returned its rows. Nothing here
 * compares keys for order: a block's range is evaluated by the source, and its rows are compared as a set.
 */
export interface DiffIndex {
  rows(): number;
  /** The block that follows a place, or undefined at the end. */
  after(place: number): StoredBlock | undefined;
  at(place: number): StoredBlock | undefined;
  /** The last block. */
  last(): StoredBlock | undefined;
  /** Places of the blocks that may hold one of these source keys: all that do, and hardly another. */
  holding(sourceKeys: Iterable<string>): readonly number[];
  /** The blocks with missing entries, in their order, and how many these are, keys that a row left behind included. */
  missing(): { readonly places: readonly number[]; readonly entries: number };
  /** A free place between a block and its predecessor, or behind the last one. */
  placeBefore(place: number | undefined): number;
  write(stored: Omit<StoredBlock, "rows">): void;
  remove(place: number): void;
  /** Spreads the places again when blocks have come to stand close. Not during a poll. */
  spread(): void;
  clear(): void;
}

/** @param keyed Where blocks are looked for by key: without it none is found but by reading all. */
export function openDiffIndex(
  database: Database,
  pipeline: string,
  cipher: BlockCipher,
  keyed?: KeyedHash,
): DiffIndex {
  const shortHash = (hash: KeyedHash, sourceKey: string): number =>
    Number.parseInt(hash(sourceKey).slice(0, SHORT_DIGITS), 16);
  const hashesOf = ({ entries }: Pick<StoredBlock, "entries">): Uint8Array | null => {
    if (keyed === undefined) return null;
    const hashes = new DataView(new ArrayBuffer(entries.size * HASH_BYTES));
    let at = 0;
    for (const sourceKey of entries.keys()) {
      hashes.setUint32(at, shortHash(keyed, sourceKey));
      at += HASH_BYTES;
    }
    return new Uint8Array(hashes.buffer);
  };
  const missingOf = ({ entries }: Pick<StoredBlock, "entries">): number => {
    let count = 0;
    for (const { missing } of entries.values()) if (missing) count += 1;
    return count;
  };
  const filters = database.prepare<{ place: number; hashes: Uint8Array | null }>(
    "SELECT place, hashes FROM diff_block WHERE pipeline = ? AND place > ? ORDER BY place LIMIT ?",
  );
  const columns = "place, fingerprint, generation, rows, digest, bounds";
  const follow = database.prepare<BlockRow>(
    `SELECT ${columns} FROM diff_block WHERE pipeline = ? AND place > ? ORDER BY place LIMIT 1`,
  );
  const exact = database.prepare<BlockRow>(
    `SELECT ${columns} FROM diff_block WHERE pipeline = ? AND place = ?`,
  );
  const body = database.prepare<{ body: Uint8Array }>(
    "SELECT body FROM diff_block WHERE pipeline = ? AND place = ?",
  );
  const below = database.prepare<{ place: number | null }>(
    "SELECT max(place) AS place FROM diff_block WHERE pipeline = ? AND place < ?",
  );
  const size = database.prepare<{ n: number | null }>(
    "SELECT sum(rows) AS n FROM diff_block WHERE pipeline = ?",
  );
  const insert = database.prepare(
    "INSERT OR REPLACE INTO diff_block (pipeline, place, fingerprint, generation, rows, missing, hashes, digest, bounds, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const leaving = database.prepare<{ place: number; missing: number }>(
    "SELECT place, missing FROM diff_block WHERE pipeline = ? AND missing > 0 ORDER BY place",
  );
  const entriesAt = (place: number): DiffEntries => {
    const found = body.get(pipeline, place);
    return found === undefined ? new Map() : cipher.openEntries(found.body);
  };
  const opened = (row: BlockRow | undefined): StoredBlock | undefined => {
    if (row === undefined) return undefined;
    const { bounds, ...stored } = row;
    let entries: DiffEntries | undefined;
    return {
      ...stored,
      ...cipher.openBounds(bounds),
      get entries() {
        return (entries ??= entriesAt(row.place));
      },
    };
  };
  return {
    rows: () => size.get(pipeline)?.n ?? 0,
    after: (place) => opened(follow.get(pipeline, place)),
    at: (place) => opened(exact.get(pipeline, place)),
    last() {
      const place = below.get(pipeline, Number.MAX_SAFE_INTEGER)?.place ?? null;
      return place === null ? undefined : opened(exact.get(pipeline, place));
    },
    holding(sourceKeys) {
      const places: number[] = [];
      const wanted = new Set<number>();
      if (keyed !== undefined)
        for (const sourceKey of sourceKeys) wanted.add(shortHash(keyed, sourceKey));
      for (let after = 0; ;) {
        const rows = filters.all(pipeline, after, FILTERS_TOGETHER);
        for (const { place, hashes } of rows) {
          after = place;
          if (hashes === null || mayHold(hashes, wanted)) places.push(place);
        }
        if (rows.length < FILTERS_TOGETHER) return places;
      }
    },
    missing() {
      const blocks = leaving.all(pipeline);
      return {
        places: blocks.map(({ place }) => place),
        entries: blocks.reduce((sum, { missing }) => sum + missing, 0),
      };
    },
    placeBefore(place) {
      const previous = below.get(pipeline, place ?? Number.MAX_SAFE_INTEGER)?.place ?? 0;
      if (place === undefined) return previous + PLACE_STEP;
      return previous + Math.max(1, Math.floor((place - previous) / PLACE_SHARE));
    },
    write(block) {
      insert.run(
        pipeline,
        block.place,
        block.fingerprint,
        block.generation,
        block.entries.size,
        missingOf(block),
        hashesOf(block),
        block.digest,
        cipher.sealBounds(block),
        cipher.sealEntries(block.entries),
      );
    },
    spread() {
      const gap =
        database
          .prepare<{ gap: number | null }>(
            "SELECT min(gap) AS gap FROM (SELECT place - lag(place, 1, 0) OVER (ORDER BY place) AS gap FROM diff_block WHERE pipeline = ?)",
          )
          .get(pipeline)?.gap ?? CROWDED;
      if (gap >= CROWDED) return;
      // By way of negative places, so that no two blocks meet on the way.
      database
        .prepare(
          `UPDATE diff_block SET place = -numbered.n * ${PLACE_STEP} FROM
           (SELECT place AS old, row_number() OVER (ORDER BY place) AS n FROM diff_block WHERE pipeline = ?1) AS numbered
         WHERE pipeline = ?1 AND place = numbered.old`,
        )
        .run(pipeline);
      database.prepare("UPDATE diff_block SET place = -place WHERE pipeline = ?").run(pipeline);
    },
    remove(place) {
      database
        .prepare("DELETE FROM diff_block WHERE pipeline = ? AND place = ?")
        .run(pipeline, place);
    },
    clear() {
      database.prepare("DELETE FROM diff_block WHERE pipeline = ?").run(pipeline);
    },
  };
}
