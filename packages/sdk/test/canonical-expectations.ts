import assert from "node:assert/strict";
import { canonicaliser, isRefused, type Item, type ReasonCode } from "../src/index.ts";

const options = { offset: "+08:00" };
/** The canonical form, as a source with the usual offset has it. */
export const canonical = (of: Item, value: unknown): unknown => canonicaliser(of, options)(value);

/** What becomes of raw values: a canonical value, null for none, or the code of the refusal. */
export function holds(
  of: Item,
  cases: readonly (readonly [raw: unknown, expected: unknown])[],
): void {
  for (const [raw, expected] of cases) {
    const value = canonical(of, raw);
    assert.deepEqual(
      isRefused(value) ? value.code : value,
      expected,
      `${of.type} of ${String(raw)}`,
    );
  }
}

/** All of these are refused with the code. */
export const refuses = (of: Item, code: ReasonCode, values: readonly unknown[]): void =>
  holds(
    of,
    values.map((value) => [value, code]),
  );
