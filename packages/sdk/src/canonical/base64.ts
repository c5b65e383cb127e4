import type { Item } from "../descriptor/descriptor.ts";
import { refused, type Canonicaliser } from "./refused.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 of RFC 4648, section 4, padded. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const rest = bytes.length - at;
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text +=
      letter(bits >> 18) +
      letter(bits >> 12) +
      (rest > 1 ? letter(bits >> 6) : "=") +
      (rest > 2 ? letter(bits) : "=");
  }
  return text;
}

const letter = (bits: number): string => alphabet.charAt(bits & 63);

const shape = /^[A-Za-z0-9+/]*={0,2}$/;

/** True for padded base64 whose unused bits are zero, so that equal bytes have one text. */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0 || !shape.test(text)) return false;
  if (text.endsWith("==")) return (alphabet.indexOf(text.charAt(text.length - 3)) & 15) === 0;
  return !text.endsWith("=") || (alphabet.indexOf(text.charAt(text.length - 2)) & 3) === 0;
}

/** Bytes as base64, no bytes as the empty text; a text must be canonical base64 already. */
export function binaryCanonicaliser(item: Item): Canonicaliser {
  const misplaced = refused("QZ_TYPE", item);
  const malformed = refused("QZ_NOT_CANONICAL", item);
  return (value) => {
    if (value instanceof Uint8Array) return base64(value);
    if (value === null || value === undefined) return null;
    if (typeof value !== "string") return misplaced;
    return isBase64(value) ? value : malformed;
  };
}
