import { hash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { keyTextOf, QianzhiError, type ResourceDescriptor, type SealedBatch } from "@qianzhi/sdk";

/** One change of a batch, its texts as bytes: see `byteText`. */
export interface TableChange {
  /** Line in the batch; the manifest is line 1. */
  readonly line: number;
  readonly keyText: string;
  /** The first half of the SHA-256 of the key text, in hex: 128 bits tell any keys apart. */
  readonly keyHash: string;
  /** The record in canonical form; null for a delete. As text, since thousands of objects at once would weigh on memory. */
  readonly recordText: string | null;
}

/** Hex digits of a key hash. */
export const KEY_HASH_DIGITS = 32;

const UPSERT = '{"op":"upsert","record":';
const DELETE = '{"op":"delete","key":';

/** Bytes that become text at once: as much as the young generation of the heap takes, so that it is soon gone. */
const PIECE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** The changes of a batch, line by line, whose texts are cut out as they are written. */
export function* changesOf(
  batch: SealedBatch,
  { key }: Pick<ResourceDescriptor, "key">,
): Generator<TableChange> {
  const bytes = bytesOf(batch);
  const keyItems = new Set(key);
  let line = 2;
  for (let start = bytes.indexOf(NEWLINE) + 1; start < bytes.length;) {
    const last = bytes.indexOf(NEWLINE, start + PIECE_BYTES);
    const next = last < 0 ? bytes.length : last + 1;
    const text = bytes.toString("latin1", start, next);
    for (let from = 0; from < text.length; line += 1) {
      const end = text.indexOf("\n", from);
      const until = (end < 0 ? text.length : end) - 1;
      const isUpsert = text.startsWith(UPSERT, from);
      const recordText = isUpsert ? text.slice(from + UPSERT.length, until) : null;
      const keyText =
        recordText === null
          ? text.slice(from + DELETE.length, until)
          : keyTextOf(recordText, keyItems);
      yield { line, keyText, keyHash: sha256(keyText).slice(0, KEY_HASH_DIGITS), recordText };
      from = until + 2;
    }
    start = next;
  }
}

/** Hex record hash of docs/protocol.md. */
export const recordHashOf = (keyText: string, recordText: string): string =>
  sha256(keyText + recordText);

const sha256 = (bytes: string): string => hash("sha256", Buffer.from(bytes, "latin1"), "hex");

function bytesOf({ encoding, body, uncompressedBytes }: SealedBatch): Buffer {
  if (encoding === "identity") return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // In one piece: smaller ones would be copied together.
  if (encoding === "gzip") return gunzipSync(body, { chunkSize: uncompressedBytes + 1 });
  throw new QianzhiError("QZ_INTERNAL", { problem: `encoding ${encoding} was not offered` });
}

/**
 * The same text for a record for ever, whatever else of it changes, in the form of a UUID (version 8): of site, resource
 * and key.
 */
export function rowIdOf(site: string, resource: string, keyHash: string): string {
  const hex = hash("sha256", `${site}\n${resource}\n${keyHash}`, "hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
