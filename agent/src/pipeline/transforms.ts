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
    mapping.nulls.length > 0 ? nullTexts(mapping) : undefined,
    mapping.case === "upper" ? onText((text) => text.toUpperCase()) : undefined,
    mapping.case === "lower" ? onText((text) => text.toLowerCase()) : undefined,
    mapping.normalise === undefined ? undefined : normalise(mapping.normalise),
    // A text without characters is no value, unless a dictionary gives it a meaning.
    mapping.dictionary === undefined ? undefined : lookUp(mapping.dictionary),
    blankIsNull,
    mapping.number === undefined ? undefined : parseNumber(mapping.number),
    mapping.date === undefined ? undefined : dateReader(mapping.date),
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

/** What stands for no value is meant as the source shows it: at the midnight of its day too, and with blanks as without. */
function nullTexts({ nulls, trim }: ItemMapping): Transform {
  const texts = new Set(trim ? nulls.map((text) => text.trim()) : nulls);
  return (value) => {
    if (typeof value !== "string") return value;
    return texts.has(value) || (midnight.test(value) && texts.has(value.slice(0, 10)))
      ? null
      : value;
  };
}

const midnight = /^\d{4}-\d\d-\d\d[ T]00:00:00(?:\.0+)?$/;

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
 * Numbers written by people: `1,234.50`, `12.5万元`, full-width digits and the minus sign of typesetting included. The
 * result is plain digits for the canonical form; a unit moves the point, so that nothing is rounded. Groups have three or,
 * as in 1,0000, four digits; others may be a slip of the pen, a point that is not the declared one may be the separator of
 * groups, and a unit that is not declared may be anything: all are refused rather than guessed.
 */
function parseNumber(format: NonNullable<ItemMapping["number"]>): Transform {
  const wrong = misfit("QZ_NUMBER_FORMAT", "not a number in the declared format");
  const group = format.group === undefined ? undefined : literal(format.group.normalize("NFKC"));
  const decimal = literal(format.decimal.normalize("NFKC"));
  const grouped =
    group === undefined ? "" : `|\\d{1,3}(?:${group}\\d{3})+|\\d{1,4}(?:${group}\\d{4})+`;
  const shape = new RegExp(
    `^([-+]?)(\\d+${grouped})(?:${decimal}(\\d+))?(?:\\s*([^\\d\\s]\\D*))?$`,
  );
  const units = Object.entries(format.units ?? { "": 0 });
  const places = new Map(units.map(([unit, count]) => [unit.normalize("NFKC").trim(), count]));
  return (value) => {
    // A column of numbers may have a unit too, which is not written in it.
    const text = typeof value === "number" && format.units !== undefined ? String(value) : value;
    if (typeof text !== "string") return text;
    const match = shape.exec(text.normalize("NFKC").replace("\u2212", "-").trim());
    if (match === null) return wrong;
    const [, sign = "", whole = "", fraction = "", unit = ""] = match;
    const moved = places.get(unit);
    if (moved === undefined) return wrong;
    return (sign === "-" ? "-" : "") + movePoint(whole.replaceAll(/\D/g, ""), fraction, moved);
  };
}

/** Digits with the point so many places further to the right, or to the left for a negative number. */
function movePoint(whole: string, fraction: string, places: number): string {
  const point = whole.length + places;
  const all = whole + fraction;
  const digits = point < 1 ? "0".repeat(1 - point) + all : all.padEnd(point, "0");
  const before = digits.slice(0, Math.max(point, 1));
  const after = digits.slice(Math.max(point, 1));
  // Zeros in front of what is moved are no part of a number; what is not moved stays as it is written.
  const first = places === 0 ? before : before.replace(/^0+(?=\d)/, "");
  return first + (after === "" ? "" : `.${after}`);
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

const dateFields = ["yyyy", "MM", "M", "dd", "d", "HH", "H", "mm", "ss"] as const;

const dateReader = (pattern: string): Transform =>
  pattern === "excel" ? excelDay : parseDate(pattern);

const DAY_MS = 86_400_000;
/** Serial number of 1970-01-01. */
const EXCEL_EPOCH = 25_569;
/** 9999-12-31. */
const EXCEL_LAST = 2_958_465;
/** Excel holds 1900 for a leap year: 60 is its 29 February, and what comes before is one less. */
const EXCEL_NO_DAY = 60;

const noExcelDay = misfit("QZ_DATE_PATTERN", "does not match the pattern excel");

/** Whole days as Excel counts them; a fraction would be a time, in binary and rounded. */
function excelDay(value: RawValue): RawValue | Misfit {
  const text = String(value).trim();
  const serial = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (serial === 0 || serial === EXCEL_NO_DAY || serial > EXCEL_LAST) return noExcelDay;
  const days = (serial < EXCEL_NO_DAY ? serial + 1 : serial) - EXCEL_EPOCH;
  return new Date(days * DAY_MS).toISOString().slice(0, 10);
}

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
