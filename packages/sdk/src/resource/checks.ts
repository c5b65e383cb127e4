import { parseDecimal, type DecimalParts } from "../canonical/plain-decimal.ts";
import type { Item } from "../descriptor/descriptor.ts";
import { nationalFormat } from "../formats/national-formats.ts";
import type { ReasonCode } from "../reasons/reason-texts.ts";
import type { JsonRecord, RefusalReason } from "../wire/wire.ts";
import { itemReason } from "./reasons.ts";

/** A check of one item beyond JSON Schema: the code of what is wrong with a present value, or undefined. */
export interface ItemCheck {
  readonly item: Item;
  wrong(value: unknown): ReasonCode | undefined;
}

/** Ranges of numbers that are written as texts: decimals, and integers beyond ±(2^53−1). */
export function rangeChecks(items: readonly Item[]): readonly ItemCheck[] {
  return items.flatMap((item) => {
    if (item.type !== "decimal" && item.type !== "integer") return [];
    const minimum = item.minimum === undefined ? undefined : parseDecimal(String(item.minimum));
    const maximum = item.maximum === undefined ? undefined : parseDecimal(String(item.maximum));
    const isInteger = item.type === "integer";
    if (!isInteger && minimum === undefined && maximum === undefined) return [];
    return [{ item, wrong: (value) => outside(value, minimum, maximum, isInteger) }];
  });
}

function outside(
  value: unknown,
  minimum: DecimalParts | undefined,
  maximum: DecimalParts | undefined,
  isInteger: boolean,
): ReasonCode | undefined {
  if (typeof value !== "string") return undefined;
  // A text within the safe range has a number as its canonical form.
  if (isInteger && Number.isSafeInteger(Number(value))) return "QZ_NOT_CANONICAL";
  const parts = parseDecimal(value);
  if (parts === undefined) return undefined;
  const isLow = minimum !== undefined && compareDecimals(parts, minimum) < 0;
  return isLow || (maximum !== undefined && compareDecimals(parts, maximum) > 0)
    ? "QZ_RANGE"
    : undefined;
}

/** Negative, 0 or positive as the first is less than, equal to or greater than the second. Exact at any length. */
export function compareDecimals(one: DecimalParts, other: DecimalParts): number {
  if (one.negative !== other.negative) return one.negative ? -1 : 1;
  return one.negative ? compareSizes(other, one) : compareSizes(one, other);
}

function compareSizes(one: DecimalParts, other: DecimalParts): number {
  if (one.whole.length !== other.whole.length) return one.whole.length - other.whole.length;
  if (one.whole !== other.whole) return one.whole < other.whole ? -1 : 1;
  if (one.fraction === other.fraction) return 0;
  return one.fraction < other.fraction ? -1 : 1;
}

/** What is noteworthy without refusing a record: wrong check digits, and forms from before there were any. */
export function compileFindings(
  items: readonly Item[],
): (record: JsonRecord) => readonly RefusalReason[] {
  const checks = items.flatMap((item) => {
    const check = nationalFormat(item.format)?.check;
    return check === undefined ? [] : [{ item, check }];
  });
  return (record) => {
    let found: RefusalReason[] | undefined;
    for (const { item, check } of checks) {
      const value = record[item.identifier];
      if (typeof value !== "string") continue;
      const verdict = check(value);
      if (verdict === "right") continue;
      (found ??= []).push(
        itemReason(item, verdict === "old" ? "QZ_FORMAT_OLD" : "QZ_CHECK_DIGIT", value),
      );
    }
    return found ?? nothing;
  };
}

/** The answer for the many records with which nothing is wrong; shared, so that none is made. */
export const nothing: readonly RefusalReason[] = Object.freeze([]);
