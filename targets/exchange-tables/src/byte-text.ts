/**
 * Texts as their bytes in UTF-8, a character each. A batch is such bytes, and so is what a database reads: made of such
 * texts, which take half the memory, a statement is never decoded nor encoded. What has syntax in SQL and in JSON is ASCII
 * and stands in them as it does in any text.
 */
export const byteText = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** The text whose bytes these are. */
export const textOf = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

/** Unicode characters, of which each begins with a byte that is none of those that go on. */
export function charactersOf(bytes: string): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1)
    if ((bytes.charCodeAt(at) & 0xc0) !== 0x80) count += 1;
  return count;
}
