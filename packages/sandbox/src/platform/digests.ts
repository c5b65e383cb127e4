import type { BucketPage, DigestReport, JsonRecord, ResourceDigest } from "@qianzhi/sdk";
import { inTransaction } from "../store/database.ts";
import { KEPT_BITS } from "../store/schema.ts";
import type { Context } from "./context.ts";
import { pageTokens } from "./page-token.ts";
import type { StreamRow } from "./streams.ts";

/** Finest bucket number that is stored with a record. */
export const FINEST_BITS = 16;

/** Between the text of a record without a key and the number of this copy of it. */
export const COPY = "\n";

interface Sum {
  count: number;
  sum: bigint;
}

/** What one batch changes, bucket by bucket, before it is written. */
export class Tally {
  readonly deltas = new Map<number, Sum>();

  /** `bucket` is of FINEST_BITS; `times` is 1 for a record that came, −1 for one that went. */
  count(bucket: number, hash: Uint8Array, times: 1 | -1): void {
    const kept = bucket >> (FINEST_BITS - KEPT_BITS);
    const delta = this.deltas.get(kept) ?? { count: 0, sum: 0n };
    this.deltas.set(kept, delta);
    delta.count += times;
    delta.sum += BigInt(times) * toInteger(hash);
  }
}

export type Digests = ReturnType<typeof digestsOf>;

/** Which part of a stream's copy is listed. */
export interface BucketQuery {
  readonly bits: number;
  readonly bucket: number;
  /** The `next` of the page before; absent for the first. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The digests of the platform's copy: 2^14 bucket sums a stream kept up to date, everything else added up from them. */
export function digestsOf({ database, random }: Context) {
  const tokens = pageTokens(database, random);
  const one = database.prepare("SELECT count, sum FROM bucket WHERE stream = ? AND bucket = ?");
  const write = database.prepare(
    "INSERT OR REPLACE INTO bucket (stream, bucket, count, sum) VALUES (?, ?, ?, ?)",
  );
  const ofStream = database.prepare("SELECT bucket, count, sum FROM bucket WHERE stream = ?");
  const ofResource = database.prepare(
    "SELECT bucket, count, sum FROM bucket JOIN stream ON stream.id = bucket.stream WHERE resource = ?",
  );
  // The plus keeps SQLite from walking through the whole stream in the order of keys to find those of one bucket.
  const inBucket = database.prepare(
    "SELECT key, hash FROM record WHERE stream = ? AND bucket BETWEEN ? AND ? AND +key > ? ORDER BY +key LIMIT ?",
  );
  const forget = database.prepare("DELETE FROM bucket WHERE stream = ?");
  const hashes = database.prepare("SELECT bucket, hash FROM record WHERE stream = ?");
  const records = database.prepare(
    "SELECT bucket, 1 AS count, hash AS sum FROM record WHERE stream = ?",
  );

  const digests = {
    /** Writes what a batch changed. Called inside the transaction that applies it. */
    apply(stream: number, tally: Tally): void {
      for (const [bucket, delta] of tally.deltas) {
        const before = one.get(stream, bucket) as BucketRow | undefined;
        const sum = toInteger(before?.sum ?? new Uint8Array(32)) + delta.sum;
        write.run(stream, bucket, (before?.count ?? 0) + delta.count, toBytes(sum));
      }
    },

    /** The sums of a stream whose records are others now. Called inside the transaction that put them there. */
    replace(stream: number): void {
      forget.run(stream);
      const tally = new Tally();
      for (const row of hashes.iterate(stream)) {
        const { bucket, hash } = row as { bucket: number; hash: Uint8Array };
        tally.count(bucket, hash, 1);
      }
      this.apply(stream, tally);
    },

    /** The digest of one stream as of its last batch; with `bits` (0–16) also of each of its 2^bits buckets. */
    ofStream(stream: StreamRow, bits?: number): DigestReport {
      const { epoch, sequence } = stream;
      const total = addUp(ofStream.iterate(stream.id), 0, 0);
      const report = { epoch, sequence, ...publish(total[0]!) };
      if (bits === undefined) return report;
      const stored = bits <= KEPT_BITS ? ofStream : records;
      const storedBits = bits <= KEPT_BITS ? KEPT_BITS : FINEST_BITS;
      return {
        ...report,
        bits,
        buckets: addUp(stored.iterate(stream.id), storedBits - bits, bits).map(publish),
      };
    },

    /** A page of what the stream holds in one of 2^bits buckets, as of its last batch. */
    bucketKeys(
      { id, epoch, sequence }: StreamRow,
      { bits, bucket, after, limit }: BucketQuery,
    ): BucketPage & { readonly next: string | null } {
      const width = 2 ** (FINEST_BITS - bits);
      const from = after === undefined ? "" : tokens.open(after);
      // One more than asked for tells whether a page follows.
      const rows = inBucket.all(id, bucket * width, (bucket + 1) * width - 1, from, limit + 1) as {
        key: string;
        hash: Uint8Array;
      }[];
      const page = rows.slice(0, limit);
      return {
        epoch,
        sequence,
        keys: page.map(({ key, hash }) => ({
          key: JSON.parse(key.split(COPY, 1)[0]!) as JsonRecord,
          hash: Buffer.from(hash).toString("hex"),
        })),
        next: rows.length > limit ? tokens.seal(page.at(-1)!.key) : null,
      };
    },

    /** The digest of all streams of a resource together. */
    ofResource(resource: string): ResourceDigest {
      return publish(addUp(ofResource.iterate(resource), 0, 0)[0]!);
    },
  };
  keepFiner();
  return digests;

  /** A database of a version that kept other buckets has its sums made again, once. */
  function keepFiner(): void {
    const kept = database.prepare("SELECT value FROM meta WHERE name = 'kept-bits'").get() as
      | { readonly value: number }
      | undefined;
    if (kept?.value === KEPT_BITS) return;
    inTransaction(database, () => {
      for (const { id } of database.prepare("SELECT id FROM stream").all() as { id: number }[])
        digests.replace(id);
      database
        .prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('kept-bits', ?)")
        .run(KEPT_BITS);
    });
  }
}

interface BucketRow {
  readonly bucket: number;
  readonly count: number;
  readonly sum: Uint8Array;
}

function addUp(rows: Iterable<unknown>, shift: number, bits: number): Sum[] {
  const sums = Array.from({ length: 2 ** bits }, (): Sum => ({ count: 0, sum: 0n }));
  for (const { bucket, count, sum } of rows as Iterable<BucketRow>) {
    const into = sums[bits === 0 ? 0 : bucket >> shift]!;
    into.count += count;
    into.sum += toInteger(sum);
  }
  return sums;
}

function publish({ count, sum }: Sum): ResourceDigest {
  return { count, sum: toHex(sum) };
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function toBytes(sum: bigint): Uint8Array {
  return Buffer.from(toHex(sum), "hex");
}

function toHex(sum: bigint): string {
  return BigInt.asUintN(256, sum).toString(16).padStart(64, "0");
}
