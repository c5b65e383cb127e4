import type { RawValue, RefusalReason } from "@qianzhi/sdk";
import type { ItemMapping } from "../config/site-config.ts";

const marker = Symbol("misfit");

/** The answer of a transform or of the canonical form when the value does not fit. */
export interface Misfit extends Pick<RefusalReason, "code" | "message"> {
  readonly [marker]: true;
}

export const misfit = (code: string, message: string): Misfit => ({
  [marker]: true,
  code,
  message,
});

export type Transform = (value: RawValue) => RawValue | Misfit;

export const isMisfit = (value: unknown): value is Misfit =>
  typeof value === "object" && value !== null && marker in value;

/** The declared transforms of a mapping in their fixed order, composed; undefined when there is none. */
export function composeTransforms(mapping: ItemMapping): Transform | undefined {
  const steps = [
    mapping.trim ? onText((text) => text.trim()) : undefined,
    mapping.nulls.length > 0 ? nullTexts(new Set(mapping.nulls)) : undefined,
    mapping.case === "upper" ? onText((text) => text.toUpperCase()) : undefined,
    mapping.case === "lower" ? onText((text) => text.toLowerCase()) : undefined,
    mapping.normalise === undefined ? undefined : normalise(mapping.normalise),
    // A text without characters is no value, unless a dictionary gives it a meaning.
    mapping.dictionary === undefined ? undefined : lookUp(mapping.dictionary),
    blankIsNull,
    mapping.number === undefined ? undefined : parseNumber(mapping.number),
    mapping.date === undefined ? undefined : parseDate(mapping.date),
  ].filter((step) => step !== undefined);
  if (steps.length === 1) return undefined;
  return (value) => {
    let current: RawValue | Misfit = value;
    for (const step of steps) {
      if (current === null || isMisfit(current)) return current;
      current = step(current);
    }
    return current;
  };
}

const onText =
  (change: (text: string) => string): Transform =>
  (value) =>
    typeof value === "string" ? change(value) : value;

const nullTexts =
  (texts: ReadonlySet<string>): Transform =>
  (value) =>
    typeof value === "string" && texts.has(value) ? null : value;

const blankIsNull: Transform = (value) => (value === "" ? null : value);

const normalise = (form: "NFC" | "NFKC"): Transform => onText((text) => text.normalize(form));

function lookUp(dictionary: NonNullable<ItemMapping["dictionary"]>): Transform {
  const { name, entries, otherwise } = dictionary;
  const unknown = misfit("QZ_DICTIONARY", `not in the dictionary ${name}`);
  return (value) => {
    if (value instanceof Uint8Array) return unknown;
    const entry = entries.get(String(value));
    if (entry !== undefined) return entry;
    if (value === "") return null;
    return otherwise === undefined ? unknown : otherwise;
  };
}

/**
 * Numbers written by people: `1,234.50`, full-width digits and the minus sign of typesetting included. The result is
 * plain digits for the canonical form. Groups have three or, as in 1,0000, four digits; others may be a slip of the
 * pen, and a point that is not the declared one may be the separator of groups: both are refused rather than guessed.
 */
function parseNumber(format: NonNullable<ItemMapping["number"]>): Transform {
  const wrong = misfit("QZ_NUMBER_FORMAT", "not a number in the declared format");
  const group = format.group === undefined ? undefined : literal(format.group.normalize("NFKC"));
  const decimal = literal(format.decimal.normalize("NFKC"));
  const grouped =
    group === undefined ? "" : `|\\d{1,3}(?:${group}\\d{3})+|\\d{1,4}(?:${group}\\d{4})+`;
  const shape = new RegExp(`^([-+]?)(\\d+${grouped})(?:${decimal}(\\d+))?$`);
  return (value) => {
    if (typeof value !== "string") return value;
    const match = shape.exec(value.normalize("NFKC").replace("\u2212", "-").trim());
    if (match === null) return wrong;
    const [, sign = "", whole = "", fraction] = match;
    const digits = whole.replaceAll(/\D/g, "");
    return `${sign === "-" ? "-" : ""}${digits}${fraction === undefined ? "" : `.${fraction}`}`;
  };
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

const dateFields = ["yyyy", "MM", "M", "dd", "d", "HH", "H", "mm", "ss"] as const;

/**
 * Reads a date or time from text by a pattern of yyyy MM M dd d HH H mm ss and literal characters. Only the shape is
 * read here; whether such a day exists the canonical form decides.
 */
function parseDate(pattern: string): Transform {
  const order: string[] = [];
  const source = pattern.replace(/yyyy|MM?|dd?|HH?|mm|ss|[\s\S]/g, (part) => {
    if (!(dateFields as readonly string[]).includes(part)) return literal(part);
    order.push(part[0] ?? "");
    return part.length === 1 ? "(\\d{1,2})" : `(\\d{${part.length}})`;
  });
  const shape = new RegExp(`^${source}$`);
  const wrong = misfit("QZ_DATE_PATTERN", `does not match the pattern ${pattern}`);
  return (value) => {
    const match = shape.exec(String(value));
    if (match === null) return wrong;
    const field = (letter: string): string | undefined =>
      match[order.indexOf(letter) + 1]?.padStart(2, "0");
    const parts = (letters: string): string[] =>
      [...letters].filter((letter) => order.includes(letter)).map((letter) => field(letter) ?? "");
    // What the pattern leaves out is not made up: a date without a day stays one, and the canonical form refuses it.
    const day = parts("yMd").join("-");
    const time = parts("Hms").join(":");
    return [day, time.length === 5 ? `${time}:00` : time].filter((part) => part !== "").join(" ");
  };
}
