import type { Item } from "../descriptor/descriptor.ts";
import { decimalText, exactDouble, parseDecimal } from "./plain-decimal.ts";
import { refused, type Canonicaliser } from "./refused.ts";

/** A double beyond it may stand for another number than the one that was meant. */
const mayHaveLostDigits = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER;

const isAbsent = (value: unknown): boolean => value === null || value === undefined || value === "";

/** A number within ±(2^53−1), a string of digits beyond. Fractions other than zeros are refused. */
export function integerCanonicaliser(item: Item): Canonicaliser {
  const invalid = refused("QZ_NUMBER_INVALID", item);
  const inexact = refused("QZ_VALUE_INEXACT", item);
  const misplaced = refused("QZ_TYPE", item);
  return (value) => {
    if (typeof value === "number" && Number.isSafeInteger(value)) return value + 0;
    if (isAbsent(value)) return null;
    if (typeof value === "object") return misplaced;
    if (mayHaveLostDigits(value)) return inexact;
    const text = decimalText(value);
    const parts = text === undefined ? undefined : parseDecimal(text);
    if (parts === undefined) return invalid;
    if (parts.fraction !== "") return inexact;
    const digits = parts.negative ? `-${parts.whole}` : parts.whole;
    const number = Number(digits);
    return Number.isSafeInteger(number) ? number : digits;
  };
}

/** Plain digits with exactly `scale` of them after the point; more are refused unless they are zeros. */
export function decimalCanonicaliser(item: Item): Canonicaliser {
  const scale = item.scale ?? 0;
  const wholeDigits = (item.precision ?? 38) - scale;
  const invalid = refused("QZ_NUMBER_INVALID", item);
  const inexact = refused("QZ_VALUE_INEXACT", item);
  const misplaced = refused("QZ_TYPE", item);
  const tooFine = refused("QZ_SCALE", item);
  const tooLarge = refused("QZ_PRECISION", item);
  return (value) => {
    if (typeof value === "string" && isExactDecimal(value, wholeDigits, scale)) return value;
    if (isAbsent(value)) return null;
    if (typeof value === "object") return misplaced;
    if (mayHaveLostDigits(value)) return inexact;
    const text = decimalText(value);
    const parts = text === undefined ? undefined : parseDecimal(text);
    if (parts === undefined) return invalid;
    if (parts.fraction.length > scale) return tooFine;
    if (parts.whole !== "0" && parts.whole.length > wholeDigits) return tooLarge;
    const point = scale === 0 ? "" : `.${parts.fraction.padEnd(scale, "0")}`;
    return (parts.negative ? "-" : "") + parts.whole + point;
  };
}

/** True for the canonical form of a decimal with at most `wholeDigits` digits before and `scale` after the point. */
export function isExactDecimal(text: string, wholeDigits: number, scale: number): boolean {
  const { length } = text;
  const start = text.charCodeAt(0) === 0x2d ? 1 : 0;
  const end = scale === 0 ? length : length - scale - 1;
  if (end <= start || (scale > 0 && text.charCodeAt(end) !== 0x2e)) return false;
  const leading = text.charCodeAt(start);
  if (leading === 0x30 ? end - start > 1 : end - start > wholeDigits) return false;
  let nonZero = false;
  for (let at = start; at < length; at += 1) {
    if (at === end) continue;
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return false;
    if (digit !== 0) nonZero = true;
  }
  return nonZero || start === 0;
}

/**
 * The number itself, −0 as 0. A decimal text goes in when the shortest text of its number denotes the same value, so
 * that nothing is rounded: `0.1` does, `0.1000000000000000055` and `9007199254740993` do not.
 */
export function doubleCanonicaliser(item: Item): Canonicaliser {
  const invalid = refused("QZ_NUMBER_INVALID", item);
  const inexact = refused("QZ_VALUE_INEXACT", item);
  const misplaced = refused("QZ_TYPE", item);
  return (value) => {
    if (typeof value === "number") return Number.isFinite(value) ? value + 0 : invalid;
    if (isAbsent(value)) return null;
    if (typeof value === "object" || typeof value === "boolean") return misplaced;
    const text = decimalText(value);
    if (text === undefined) return invalid;
    const number = exactDouble(text);
    return number ?? (parseDecimal(text) === undefined ? invalid : inexact);
  };
}

/** true and false; 1 and 0 as numbers or texts; `true` and `false` as texts. Anything else needs a dictionary. */
export function booleanCanonicaliser(item: Item): Canonicaliser {
  const misplaced = refused("QZ_TYPE", item);
  return (value) => {
    if (value === true || value === 1 || value === "1" || value === "true") return true;
    if (value === false || value === 0 || value === "0" || value === "false") return false;
    return isAbsent(value) ? null : misplaced;
  };
}
