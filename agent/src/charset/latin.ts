/**
 * Single-byte texts, by tables of our own: `windows-1252` gives U+0080 for the byte 80 on Node 20 and € on Node 24.
 * In cp1252, which MySQL calls latin1, the five bytes without a character are the controls of the same number.
 */
const cp1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

const byteOf: ReadonlyMap<string, number> = new Map(
  [...cp1252].map((character, at) => [character, 0x80 + at]),
);

/** Each byte as the character of its number. */
export const decodeIso88591 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

export const decodeCp1252 = (bytes: Uint8Array): string =>
  decodeIso88591(bytes).replaceAll(
    /[\u0080-\u009f]/g,
    (control) => cp1252[control.charCodeAt(0) - 0x80] ?? control,
  );

/** Undefined when a byte has its eighth bit. */
export const decodeAscii = (bytes: Uint8Array): string | undefined =>
  bytes.every((byte) => byte < 0x80) ? decodeIso88591(bytes) : undefined;

/**
 * The bytes of a text that a driver has read as latin1, whether it took that for cp1252 or for ISO 8859-1: the two never
 * give one character for different bytes. Undefined when the text holds what neither can give.
 */
export function latinBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const byte = unit < 0x100 ? unit : byteOf.get(text.charAt(at));
    if (byte === undefined) return undefined;
    bytes[at] = byte;
  }
  return bytes;
}
