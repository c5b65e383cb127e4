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
    mapping.dictionary === undefined ? undefined : lookUp(mapping.dictionary),
    mapping.number === undefined ? undefined : parseNumber(mapping.number),
    mapping.date === undefined ? undefined : parseDate(mapping.date),
  ].filter((step) => step !== undefined);
  if (steps.length === 0) return undefined;
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

const normalise = (form: "NFC" | "NFKC"): Transform => onText((text) => text.normalize(form));

function lookUp(dictionary: NonNullable<ItemMapping["dictionary"]>): Transform {
  const { name, entries, otherwise } = dictionary;
  const unknown = misfit("QZ_CODE_UNKNOWN", `not in the dictionary ${name}`);
  return (value) => {
    if (value instanceof Uint8Array) return unknown;
    const entry = entries.get(String(value));
    if (entry !== undefined) return entry;
    return otherwise === undefined ? unknown : otherwise;
  };
}

/** Numbers written by people: `1,234.50`, full-width digits included. The result is plain digits for the canonical form. */
function parseNumber(format: NonNullable<ItemMapping["number"]>): Transform {
  const wrong = misfit("QZ_VALUE_INEXACT", "not a number in the declared format");
  return (value) => {
    if (typeof value !== "string") return value;
    const halfWidth = value.normalize("NFKC").trim();
    const ungrouped =
      format.group === undefined ? halfWidth : halfWidth.replaceAll(format.group, "");
    const plain = format.decimal === "." ? ungrouped : ungrouped.replace(format.decimal, ".");
    return /^[-+]?\d+(\.\d+)?$/.test(plain) ? plain.replace(/^\+/, "") : wrong;
  };
}

const dateFields = ["yyyy", "MM", "M", "dd", "d", "HH", "H", "mm", "ss"] as const;

/**
 * Reads a date or time from text by a pattern of yyyy MM M dd d HH H mm ss and literal characters. Only the shape is
 * read here; whether such a day exists the canonical form decides.
 */
function parseDate(pattern: string): Transform {
  const order: string[] = [];
  const source = pattern.replace(/yyyy|MM?|dd?|HH?|mm|ss|[\s\S]/g, (part) => {
    if (!(dateFields as readonly string[]).includes(part))
      return part.replace(/[\\^$.*+?()[\]{}|]/, "\\$&");
    order.push(part[0] ?? "");
    return part.length === 1 ? "(\\d{1,2})" : `(\\d{${part.length}})`;
  });
  const shape = new RegExp(`^${source}$`);
  const wrong = misfit("QZ_VALUE_INEXACT", `does not match the pattern ${pattern}`);
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
