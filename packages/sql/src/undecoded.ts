/**
 * Stored bytes that are no text in their column's charset travel as a text of the same length in bytes, U+DC00 to
 * U+DCFF for 00 to FF: halves of surrogate pairs, which no source can hold and every validation refuses. So such a
 * value is quarantined instead of arriving with `?` or U+FFFD in it, and a position made of it finds its row again.
 */
const FIRST = 0xdc00;
const shape = /^[\udc00-\udcff]+$/;

/** The text that stands for bytes that cannot be decoded. */
export function undecoded(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(FIRST + byte);
  return text;
}

/** The bytes for which a text stands; undefined for a text that is itself. */
export function undecodedBytes(text: string): Uint8Array | undefined {
  if (!shape.test(text)) return undefined;
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0) - FIRST);
}

/** The text of bytes, or what stands for them when a decoder that is strict refuses. */
export function decodeExactly(bytes: Uint8Array, decoder: { decode(bytes: Uint8Array): string }) {
  try {
    return decoder.decode(bytes);
  } catch {
    return undecoded(bytes);
  }
}
