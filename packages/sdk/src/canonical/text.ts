import type { Item } from "../descriptor/descriptor.ts";
import { plainDecimal } from "./plain-decimal.ts";
import { refused, type Canonicaliser } from "./refused.ts";

const suspicious = /[\0\ud800-\udfff]/;
const forbidden = /[\0\p{Cs}]/u;

/** True when a text has neither U+0000 nor half of a surrogate pair. */
export const isWholeText = (text: string): boolean =>
  !suspicious.test(text) || !forbidden.test(text);

/** Text as it is; the digits of a number. A text of length zero is no value. */
export function textCanonicaliser(item: Item): Canonicaliser {
  const broken = refused("QZ_TEXT_INVALID", item);
  const misplaced = refused("QZ_TYPE", item);
  const number = refused("QZ_NUMBER_INVALID", item);
  return (value) => {
    if (typeof value === "string") {
      if (value.length === 0) return null;
      return isWholeText(value) ? value : broken;
    }
    if (value === null || value === undefined) return null;
    if (typeof value === "number") return plainDecimal(value) ?? number;
    return typeof value === "bigint" ? String(value) : misplaced;
  };
}
