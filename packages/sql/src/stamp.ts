import type { Column } from "@qianzhi/sdk";
import { notOrderable } from "./relation.ts";

/** Fraction digits of a bound: see `wallClock`. */
const BOUND_DIGITS = 3;

/**
 * A bound on the source's clock as a raw value of the cursor column, cut to what the column can hold: a stamp that the
 * column rounds down is then still not below it. QZ_CURSOR_TYPE for a column that holds no date or date and time.
 */
export function stampOf(bound: string, column: Column, offset: string): string {
  const date = bound.slice(0, 10);
  const digits = Math.min(column.fraction ?? 0, BOUND_DIGITS);
  const time = bound.slice(11, digits === 0 ? 19 : 20 + digits);
  switch (column.type) {
    case "date":
      return date;
    case "datetime":
      return `${date} ${time}`;
    case "instant":
      return `${date} ${time}${offset}`;
    default:
      throw notOrderable(column);
  }
}
