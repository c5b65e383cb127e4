import { hash } from "node:crypto";

/** A keyed hash of a text as 32 hex digits: 128 bits, worthless to whoever has not the site's secret. */
export type KeyedHash = (text: string) => string;

/** The secret stands in front, and the hash is cut: neither extension nor guessing helps without it. */
export function keyedHash(secret: Uint8Array): KeyedHash {
  const prefix = Buffer.from(secret).toString("hex");
  return (text) => hash("sha256", prefix + text, "hex").slice(0, 32);
}
