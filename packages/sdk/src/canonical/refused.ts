import type { Item } from "../descriptor/descriptor.ts";
import { reasonWords, type ReasonCode } from "../reasons/reason-texts.ts";

/** A value in canonical form: what stands in a record and on the wire. See docs/descriptor.md. */
export type CanonicalValue = string | number | boolean;

const brand = Symbol.for("qianzhi.refused");

/** The answer for a value that has no canonical form in its item's type. Holds no source value. */
export interface Refused {
  readonly [brand]: true;
  readonly code: ReasonCode;
  /** In English; `reasonText` gives the Chinese. */
  readonly problem: string;
}

/** True for the refusals of a canonicaliser; canonical values are never objects. */
export const isRefused = (value: unknown): value is Refused =>
  typeof value === "object" && value !== null && brand in value;

/** The refusal of an item for a code. Built once per item, so that refusing allocates nothing. */
export const refused = (code: ReasonCode, item: Item): Refused => ({
  [brand]: true,
  code,
  problem: reasonWords(code, "en", item),
});

export type Canonicaliser = (value: unknown) => CanonicalValue | null | Refused;
