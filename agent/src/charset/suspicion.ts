import { decode } from "./decode.ts";
import { latinBytes } from "./latin.ts";

/**
 * What may be wrong with a text, to be looked at by a person; nothing is ever changed or refused for it. `misread`: its
 * bytes are text in the charset named and were read in another. `damaged`: characters are lost. `private`: it holds
 * private-use characters.
 */
export type Suspicion =
  | { readonly kind: "misread"; readonly charset: "gbk" | "utf-8" }
  | { readonly kind: "damaged" | "private" };

/** 锟斤拷 is what two U+FFFD are when they are read as GBK; 烫 and 屯 are what a debugger leaves in unused memory. */
const damaged = /\ufffd|锟斤拷|烫烫烫|屯屯屯|\p{Script=Han}\?|\?\p{Script=Han}|^\?{2,}$/u;
const privateUse = /\p{Co}/u;
const han = /\p{Script=Han}/u;
const asciiAlone = /^[\0-\x7f]*$/;
/** Texts of European languages have such letters one by one; a Chinese character takes two of them. */
const latinPairs = /^(?:[\0-\x7f]|(?:[^\0-\x7f]{2})+(?![^\0-\x7f]))*$/;

export function suspicionOf(text: string): Suspicion | undefined {
  if (damaged.test(text)) return { kind: "damaged" };
  if (asciiAlone.test(text)) return undefined;
  const bytes = latinBytes(text);
  if (bytes !== undefined) {
    if (hasHan(bytes, "utf-8", 1)) return { kind: "misread", charset: "utf-8" };
    return latinPairs.test(text) && hasHan(bytes, "gbk", 1)
      ? { kind: "misread", charset: "gbk" }
      : undefined;
  }
  const gbk = gbkBytes(text);
  if (gbk !== undefined && hasHan(gbk, "utf-8", 2)) return { kind: "misread", charset: "utf-8" };
  return privateUse.test(text) ? { kind: "private" } : undefined;
}

/** Whether bytes, up to a character that is cut off at their end, are a text with so many ideographs. */
function hasHan(bytes: Uint8Array, charset: string, count: number): boolean {
  for (const cut of [0, 1, 2])
    try {
      const text = decode(bytes.subarray(0, bytes.length - cut), charset);
      return [...text].filter((character) => han.test(character)).length >= count;
    } catch {
      // A shorter beginning may be whole.
    }
  return false;
}

let gbkTable: ReadonlyMap<string, readonly [number, number]> | undefined;

/** The bytes of a text in GBK; undefined when it has characters that GBK has not. */
function gbkBytes(text: string): Uint8Array | undefined {
  gbkTable ??= makeGbkTable();
  const bytes: number[] = [];
  for (const character of text) {
    const pair = gbkTable.get(character);
    if (pair !== undefined) bytes.push(...pair);
    else if (character <= "\x7f") bytes.push(character.charCodeAt(0));
    else return undefined;
  }
  return Uint8Array.from(bytes);
}

function makeGbkTable(): ReadonlyMap<string, readonly [number, number]> {
  const table = new Map<string, readonly [number, number]>();
  for (let first = 0x81; first <= 0xfe; first += 1)
    for (let second = 0x40; second <= 0xfe; second += 1)
      if (second !== 0x7f) table.set(decode(Uint8Array.of(first, second), "gbk"), [first, second]);
  return table;
}
