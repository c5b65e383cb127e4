import {
  DigestSum,
  QianzhiError,
  type BucketPage,
  type DigestReport,
  type JsonRecord,
  type StreamName,
} from "@qianzhi/sdk";
import { KEY_HASH_DIGITS } from "./changes.ts";
import { hexOf, type Engine, type Purpose, type Session } from "./engine/engine.ts";
import { streamRow, type StreamRow } from "./stream-row.ts";

/** Records read at once. */
const PAGE = 10_000;
/** Keys of one page of a bucket. */
const BUCKET_PAGE = 1_000;
const HASH_BITS = 16;

const purpose: Purpose = { table: "qz_record", operation: "SELECT" };

/** The digest of what was handed over last of each record, within a snapshot: see docs/protocol.md. */
export async function handedDigest(
  session: Session,
  engine: Engine,
  name: StreamName,
  bits: number | undefined,
): Promise<DigestReport> {
  const stream = await known(session, name);
  const all = new DigestSum();
  const buckets = Array.from({ length: bits === undefined ? 0 : 2 ** bits }, () => new DigestSum());
  for (let after = ""; ;) {
    const rows = await session.query(
      `SELECT key_hash, record_hash FROM qz_record WHERE stream = ${stream.id} AND record_hash IS NOT NULL${after}
       ORDER BY key_hash LIMIT ${PAGE}`,
      purpose,
    );
    for (const [keyHash, recordHash] of rows) {
      const hash = engine.bytesOf(recordHash);
      all.add(hash);
      if (bits !== undefined) buckets[bucketOfHash(engine.bytesOf(keyHash), bits)]?.add(hash);
    }
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) break;
    after = ` AND key_hash > ${engine.binary(hexOf(engine, last[0]))}`;
  }
  return {
    ...all.value(),
    epoch: stream.epoch,
    sequence: stream.sequence,
    ...(bits === undefined ? {} : { bits, buckets: buckets.map((each) => each.value()) }),
  };
}

/** A page of a bucket, after a key hash in hex, within a snapshot; `next` is where the following page begins. */
export async function handedKeys(
  session: Session,
  engine: Engine,
  name: StreamName,
  place: { readonly bits: number; readonly bucket: number; readonly after: string | undefined },
): Promise<{ readonly page: BucketPage; readonly next: string | undefined }> {
  const stream = await known(session, name);
  const { bits, bucket, after } = place;
  const from =
    after === undefined
      ? `>= ${engine.binary(firstHash(bucket, bits))}`
      : `> ${engine.binary(after)}`;
  const isLast = bucket === 2 ** bits - 1;
  const until = isLast ? "" : ` AND key_hash < ${engine.binary(firstHash(bucket + 1, bits))}`;
  const rows = await session.query(
    `SELECT key_hash, key_text, record_hash FROM qz_record
     WHERE stream = ${stream.id} AND record_hash IS NOT NULL AND key_hash ${from}${until}
     ORDER BY key_hash LIMIT ${BUCKET_PAGE}`,
    purpose,
  );
  const last = rows.at(-1);
  return {
    page: {
      epoch: stream.epoch,
      sequence: stream.sequence,
      keys: rows.map(([, keyText, recordHash]) => ({
        key: JSON.parse(String(keyText)) as JsonRecord,
        hash: hexOf(engine, recordHash),
      })),
    },
    next: rows.length < BUCKET_PAGE || last === undefined ? undefined : hexOf(engine, last[0]),
  };
}

async function known(session: Session, name: StreamName): Promise<StreamRow> {
  const stream = await streamRow(session, name, "unlocked");
  if (stream === undefined) throw new QianzhiError("QZ_STREAM_UNKNOWN", { ...name });
  return stream;
}

/** The first bits of a key hash, as `bucketOf` of the sdk takes them of a key. */
const bucketOfHash = (hash: Uint8Array, bits: number): number =>
  bits === 0 ? 0 : (((hash[0] ?? 0) << 8) | (hash[1] ?? 0)) >>> (HASH_BITS - bits);

/** The least key hash of a bucket. */
const firstHash = (bucket: number, bits: number): string =>
  (bucket << (HASH_BITS - bits)).toString(16).padStart(4, "0").padEnd(KEY_HASH_DIGITS, "0");
