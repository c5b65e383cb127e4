import { createHash, timingSafeEqual } from "node:crypto";
import * as zlib from "node:zlib";
import { QianzhiError } from "@qianzhi/sdk";
import { parseDictionary } from "structured-headers";
import { invalidRequest } from "./problem.ts";

type Decompress = (body: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

// Node has zstd from 22.15 on; the types are those of the oldest Node that must work.
const zstd = (zlib as { readonly zstdDecompressSync?: Decompress }).zstdDecompressSync;

const decompressors: Readonly<Record<string, Decompress>> = {
  ...(zstd === undefined ? {} : { zstd }),
  gzip: zlib.gunzipSync,
};

/** Content encodings that this runtime takes, best first. */
export const encodings: readonly string[] = [...Object.keys(decompressors), "identity"];

/** Checks Content-Digest (RFC 9530) against the body as it was sent. QZ_DIGEST_MISMATCH; QZ_REQUEST_INVALID when unreadable. */
export function checkContentDigest(header: string, body: Uint8Array): void {
  const expected = readDigest(header);
  const actual = createHash("sha256").update(body).digest();
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
    throw new QianzhiError("QZ_DIGEST_MISMATCH", {
      problem: "the body is not the one that Content-Digest describes",
    });
  }
}

function readDigest(header: string): Uint8Array {
  try {
    const [value] = parseDictionary(header).get("sha-256") ?? [];
    if (value instanceof ArrayBuffer) return new Uint8Array(value);
  } catch {
    // Told below, as for a header that can be read and has no sha-256.
  }
  throw invalidRequest("Content-Digest has no sha-256");
}

/** The body without its content encoding. Never makes more than `limit` bytes: QZ_BATCH_TOO_LARGE before that. */
export function decode(body: Uint8Array, encoding: string, limit: number): Uint8Array {
  const decompress = decompressors[encoding];
  if (encoding !== "identity" && decompress === undefined) {
    throw invalidRequest("this content encoding is not taken", {
      status: 415,
      acceptEncoding: encodings.join(", "),
    });
  }
  if (body.length > limit) throw tooLarge(limit);
  if (decompress === undefined) return body;
  try {
    return decompress(body, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE")
      throw tooLarge(limit);
    throw new QianzhiError(
      "QZ_BATCH_REFUSED",
      { problem: `the body is not ${encoding}` },
      { cause: error },
    );
  }
}

function tooLarge(limit: number): QianzhiError {
  return new QianzhiError("QZ_BATCH_TOO_LARGE", { limit, maxBatchBytes: limit });
}
