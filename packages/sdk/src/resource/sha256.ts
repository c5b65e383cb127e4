import { createHash } from "node:crypto";

/** SHA-256 of the texts, as UTF-8, one after the other. */
export function sha256(first: string, second?: string): Uint8Array {
  const hash = createHash("sha256").update(first, "utf8");
  if (second !== undefined) hash.update(second, "utf8");
  return hash.digest();
}

/** Lower-case hex SHA-256 of bytes or of a text as UTF-8. */
export const sha256Hex = (content: Uint8Array | string): string =>
  createHash("sha256").update(content).digest("hex");
