import type { Item } from "../descriptor/descriptor.ts";
import { isJsonNumber, parseExactJson, type ExactJson } from "./json-text.ts";
import { refused, type Canonicaliser } from "./refused.ts";

/**
 * A json item is carried as a text that holds the canonical JSON: no white space, names in the order of their code
 * points, numbers digit for digit as written, strings escaped as in a record. A text inside a text survives every
 * reader; a nested value would lose digits in any reader that makes doubles of numbers.
 *
 * A string is taken as JSON text; any other application value is written as JSON first.
 */
export function jsonCanonicaliser(item: Item): Canonicaliser {
  const refusals = {
    QZ_JSON_INVALID: refused("QZ_JSON_INVALID", item),
    QZ_JSON_DUPLICATE: refused("QZ_JSON_DUPLICATE", item),
    QZ_TEXT_INVALID: refused("QZ_TEXT_INVALID", item),
  };
  const misplaced = refused("QZ_TYPE", item);
  return (value) => {
    if (value === null || value === undefined || value === "") return null;
    const text = typeof value === "string" ? value : applicationJson(value);
    if (text === undefined) return misplaced;
    const parsed = parseExactJson(text);
    return "fault" in parsed ? refusals[parsed.fault] : writeJson(parsed.value);
  };
}

/** The canonical text of a JSON value. */
export function writeJson(value: ExactJson): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Map) {
    const names = [...value.keys()].sort(byCodePoint) as string[];
    const members = names.map(
      (name) => `${JSON.stringify(name)}:${writeJson(value.get(name) ?? null)}`,
    );
    return `{${members.join(",")}}`;
  }
  if (isJsonNumber(value)) return value.text;
  return `[${(value as readonly ExactJson[]).map(writeJson).join(",")}]`;
}

/** The order of code points, which that of UTF-16 code units is not beyond the basic plane. */
export function byCodePoint(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const left = one.charCodeAt(at);
    const right = other.charCodeAt(at);
    if (left !== right) return surrogatesLast(left) - surrogatesLast(right);
  }
  return one.length - other.length;
}

const surrogatesLast = (unit: number): number =>
  unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;

/** JSON text of a value made of plain objects, arrays, texts, booleans, null and finite numbers; else undefined. */
function applicationJson(value: unknown): string | undefined {
  return isPlainJson(value, 0) ? JSON.stringify(value) : undefined;
}

function isPlainJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth > 200) return false;
  if (Array.isArray(value)) return value.every((member) => isPlainJson(member, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // toJSON would change what is written behind the back of this check.
  return (
    !("toJSON" in value) && Object.values(value).every((member) => isPlainJson(member, depth + 1))
  );
}
