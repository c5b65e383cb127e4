import { hash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  QianzhiError,
  type CompiledResource,
  type JsonRecord,
  type SealedBatch,
} from "@qianzhi/sdk";

/** One change of a batch, ready to be written. */
export interface TableChange {
  /** Line in the batch; the manifest is line 1. */
  readonly line: number;
  readonly op: "upsert" | "delete";
  /** The record; of a delete its key items alone. */
  readonly values: JsonRecord;
  readonly keyText: string;
  /** The first half of the SHA-256 of the key text, in hex: 128 bits tell any keys apart. */
  readonly keyHash: string;
  /** Hex record hash of docs/protocol.md; null for a delete. */
  readonly recordHash: string | null;
}

/** Hex digits of a key hash. */
export const KEY_HASH_DIGITS = 32;

const UPSERT = '{"op":"upsert","record":';

/**
 * The changes of a batch, the last one of each key: where a batch deletes a record and holds it again, the rows of both
 * would have one time.
 */
export function changesOf(
  batch: SealedBatch,
  { encodeKey }: CompiledResource,
): readonly TableChange[] {
  const lines = Buffer.from(bytesOf(batch)).toString("utf8").split("\n");
  const changes = new Map<string, TableChange>();
  for (let index = 1; index < lines.length; index += 1) {
    const text = lines[index] ?? "";
    if (text === "") continue;
    const isUpsert = text.startsWith(UPSERT);
    const recordText = isUpsert ? text.slice(UPSERT.length, -1) : "";
    const values = isUpsert
      ? (JSON.parse(recordText) as JsonRecord)
      : (JSON.parse(text) as { readonly key: JsonRecord }).key;
    const keyText = encodeKey(values);
    changes.set(keyText, {
      line: index + 1,
      op: isUpsert ? "upsert" : "delete",
      values,
      keyText,
      keyHash: sha256(keyText).slice(0, KEY_HASH_DIGITS),
      recordHash: isUpsert ? sha256(keyText + recordText) : null,
    });
  }
  return [...changes.values()].sort((one, other) => one.line - other.line);
}

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
