import { createHash, hash } from "node:crypto";

/**
 * SHA-256 of a text as UTF-8, 32 bytes. The one-shot function answering in a text is two to three times as fast as
 * one that answers in a Buffer, on Node 20 and 24, since no Buffer is made.
 */
export function sha256(text: string): Uint8Array {
  const characters = hash("sha256", text, "binary");
  const bytes = new Uint8Array(32);
  for (let at = 0; at < 32; at += 1) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

/** Lower-case hex SHA-256 of bytes. */
export const sha256Hex = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");
