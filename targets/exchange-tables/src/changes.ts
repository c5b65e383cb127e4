import { hash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  QianzhiError,
  type CompiledResource,
  type JsonRecord,
  type SealedBatch,
} from "@qianzhi/sdk";

/** One change of a batch. */
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

/** The changes of a batch, line by line. */
export function* changesOf(
  batch: SealedBatch,
  { encodeKey }: CompiledResource,
): Generator<TableChange> {
  const text = Buffer.from(bytesOf(batch)).toString("utf8");
  for (let line = 2, from = text.indexOf("\n") + 1; from < text.length; line += 1) {
    const end = text.indexOf("\n", from);
    const until = end < 0 ? text.length : end;
    const isUpsert = text.startsWith(UPSERT, from);
    const recordText = isUpsert ? text.slice(from + UPSERT.length, until - 1) : null;
    const keyText = encodeKey(
      recordText === null
        ? (JSON.parse(text.slice(from, until)) as { readonly key: JsonRecord }).key
        : (JSON.parse(recordText) as JsonRecord),
    );
    yield { line, keyText, keyHash: sha256(keyText).slice(0, KEY_HASH_DIGITS), recordText };
    from = until + 1;
  }
}

/** The values of a record, or of the key alone when it is deleted. */
export const valuesOf = ({ recordText, keyText }: TableChange): JsonRecord =>
  JSON.parse(recordText ?? keyText) as JsonRecord;

/** Hex record hash of docs/protocol.md. */
export const recordHashOf = (keyText: string, recordText: string): string =>
  sha256(keyText + recordText);

const sha256 = (text: string): string => hash("sha256", text, "hex");

function bytesOf({ encoding, body }: SealedBatch): Uint8Array {
  if (encoding === "identity") return body;
  if (encoding === "gzip") return gunzipSync(body);
  throw new QianzhiError("QZ_INTERNAL", { problem: `encoding ${encoding} was not offered` });
}

/**
 * The same text for a record for ever, whatever else of it changes, in the form of a UUID (version 8): of site, resource
 * and key.
 */
export function rowIdOf(site: string, resource: string, keyHash: string): string {
  const hex = sha256(`${site}\n${resource}\n${keyHash}`);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
