/**
 * The canonical key text within a canonical record text: the members of the key, cut out as they are written, so that no
 * value passes through a parser. Members stand in ascending order in both.
 */
export function keyTextOf(recordText: string, key: ReadonlySet<string>): string {
  const members: string[] = [];
  let at = 1;
  while (at < recordText.length - 1 && members.length < key.size) {
    const nameEnd = recordText.indexOf('"', at + 1);
    const valueEnd = endOfValue(recordText, nameEnd + 2);
    // Identifiers are plain ASCII, never escaped.
    if (key.has(recordText.slice(at + 1, nameEnd))) members.push(recordText.slice(at, valueEnd));
    at = valueEnd + 1;
  }
  return `{${members.join(",")}}`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Just after the value that begins at `start`, in a text as JSON.stringify writes it without spaces. */
export function endOfValue(text: string, start: number): number {
  if (text.charCodeAt(start) === QUOTE) return endOfString(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) at = endOfString(text, at) - 1;
    else if (c === 0x7b || c === 0x5b) depth += 1;
    else if (c === 0x7d || c === 0x5d) {
      if (depth === 0) return at;
      depth -= 1;
    } else if (c === 0x2c && depth === 0) return at;
  }
  return text.length;
}

/** Just after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
  return text.length;
}
