import type { Item } from "../descriptor/descriptor.ts";
import { areDigits, isTimeOfDay, shiftSeconds, startsWithDay, twoDigits } from "./calendar.ts";
import { refused, type Canonicaliser, type Refused } from "./refused.ts";

const space = 0x20;
const letterT = 0x54;
const point = 0x2e;

/** The refusals of a date or time item. */
interface Refusals {
  readonly misplaced: Refused;
  readonly zero: Refused;
  readonly noDay: Refused;
  readonly noTime: Refused;
  readonly timePresent: Refused;
  readonly timeAbsent: Refused;
  readonly tooFine: Refused;
}

const refusalsOf = (item: Item): Refusals => ({
  misplaced: refused("QZ_TYPE", item),
  zero: refused("QZ_DATE_ZERO", item),
  noDay: refused("QZ_DATE_INVALID", item),
  noTime: refused("QZ_TIME_INVALID", item),
  timePresent: refused("QZ_TIME_PRESENT", item),
  timeAbsent: refused("QZ_TIME_ABSENT", item),
  tooFine: refused("QZ_FRACTION", item),
});

/** `YYYY-MM-DD`. A date and time goes in when, in the source's offset, it is midnight to the last digit. */
export function dateCanonicaliser(item: Item, offset: string): Canonicaliser {
  const refusals = refusalsOf(item);
  return (value) => {
    if (typeof value === "string") {
      if (value.length === 10 && startsWithDay(value)) return value;
      return value.length === 0 ? null : readDate(value, offset, refusals);
    }
    return value === null || value === undefined ? null : refusals.misplaced;
  };
}

function readDate(text: string, offset: string, refusals: Refusals): string | Refused {
  const day = refuseDay(text, refusals);
  if (day !== undefined) return day;
  if (text.length === 10) return text;
  const moment = readDatetime(text, offset, 9, refusals);
  if (typeof moment !== "string") return moment;
  return moment.startsWith("T00:00:00.000000000", 10) ? moment.slice(0, 10) : refusals.timePresent;
}

/** Why the first ten characters are no day; undefined when they are one. */
function refuseDay(text: string, refusals: Refusals): Refused | undefined {
  if (startsWithDay(text)) return undefined;
  return /^(?:0000-\d\d-\d\d|\d{4}-00-\d\d|\d{4}-\d\d-00)/.test(text)
    ? refusals.zero
    : refusals.noDay;
}

/**
 * `YYYY-MM-DDTHH:MM:SS[.f…]±HH:MM` with exactly `fraction` digits, in the source's one offset. What has no zone is
 * taken as written; what has another zone is moved to this one by whole seconds.
 */
export function datetimeCanonicaliser(item: Item, offset: string): Canonicaliser {
  const refusals = refusalsOf(item);
  const digits = item.fraction ?? 0;
  const length = digits === 0 ? 19 : 20 + digits;
  return (value) => {
    if (typeof value === "string") {
      if (value.length === length && isMoment(value, length))
        return `${value.slice(0, 10)}T${value.slice(11)}${offset}`;
      if (
        value.length === length + 6 &&
        value.charCodeAt(10) === letterT &&
        value.endsWith(offset) &&
        isMoment(value, length)
      )
        return value;
      return value.length === 0 ? null : readDatetime(value, offset, digits, refusals);
    }
    return value === null || value === undefined ? null : refusals.misplaced;
  };
}

function isMoment(text: string, length: number): boolean {
  const separator = text.charCodeAt(10);
  return (
    (separator === space || separator === letterT) &&
    startsWithDay(text) &&
    isTimeOfDay(text, 11) &&
    (length === 19 || (text.charCodeAt(19) === point && areDigits(text, 20, length)))
  );
}

const momentShape =
  /^\d{4}-\d\d-\d\d(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d+))? ?(Z|[+-]\d\d(?::?\d\d(?::\d\d)?)?)?)?$/;

function readDatetime(
  text: string,
  offset: string,
  digits: number,
  refusals: Refusals,
): string | Refused {
  const noDay = refuseDay(text, refusals);
  if (noDay !== undefined) return noDay;
  if (text.length === 10) return refusals.timeAbsent;
  const match = momentShape.exec(text);
  if (match === null || match[1] === undefined || !isTimeOfDay(match[1], 0)) return refusals.noTime;
  const fraction = fitFraction(match[2], digits);
  if (fraction === undefined) return refusals.tooFine;
  const moved = match[3] === undefined ? 0 : offsetSeconds(offset) - offsetSeconds(match[3]);
  if (Number.isNaN(moved) || Math.abs(moved) >= 86_400) return refusals.noTime;
  if (moved === 0) return `${text.slice(0, 10)}T${match[1]}${fraction}${offset}`;
  const clock = shiftSeconds(
    {
      year: Number(text.slice(0, 4)),
      month: twoDigits(text, 5),
      day: twoDigits(text, 8),
      secondOfDay: secondOfDay(match[1]),
    },
    moved,
  );
  if (clock.year < 1 || clock.year > 9999) return refusals.noDay;
  const day = `${String(clock.year).padStart(4, "0")}-${two(clock.month)}-${two(clock.day)}`;
  return `${day}T${clockText(clock.secondOfDay)}${fraction}${offset}`;
}

/** `HH:MM:SS[.f…]±HH:MM`, a time of day; durations such as MySQL's `-01:00:00` and `25:00:00` are refused. */
export function timeCanonicaliser(item: Item, offset: string): Canonicaliser {
  const refusals = refusalsOf(item);
  const digits = item.fraction ?? 0;
  const length = digits === 0 ? 8 : 9 + digits;
  return (value) => {
    if (typeof value === "string") {
      if (
        value.length === length &&
        isTimeOfDay(value, 0) &&
        (digits === 0 || (value.charCodeAt(8) === point && areDigits(value, 9)))
      )
        return value + offset;
      return value.length === 0 ? null : readTime(value, offset, digits, refusals);
    }
    return value === null || value === undefined ? null : refusals.misplaced;
  };
}

const timeShape = /^(\d\d:\d\d:\d\d)(?:\.(\d+))? ?(Z|[+-]\d\d(?::?\d\d(?::\d\d)?)?)?$/;

function readTime(
  text: string,
  offset: string,
  digits: number,
  refusals: Refusals,
): string | Refused {
  const match = timeShape.exec(text);
  if (match === null || match[1] === undefined || !isTimeOfDay(match[1], 0)) return refusals.noTime;
  // In another offset the time may fall on another day, which a time of day cannot say.
  if (match[3] !== undefined && offsetSeconds(match[3]) !== offsetSeconds(offset))
    return refusals.noTime;
  const fraction = fitFraction(match[2], digits);
  return fraction === undefined ? refusals.tooFine : match[1] + fraction + offset;
}

/** `.` and exactly `digits` digits, or nothing for none; undefined when digits other than zeros would be lost. */
function fitFraction(fraction: string | undefined, digits: number): string | undefined {
  const found = fraction ?? "";
  for (let at = digits; at < found.length; at += 1)
    if (found.charCodeAt(at) !== 0x30) return undefined;
  return digits === 0 ? "" : `.${found.slice(0, digits).padEnd(digits, "0")}`;
}

/** Seconds east of UTC of `Z`, `±HH`, `±HHMM`, `±HH:MM` or `±HH:MM:SS`; NaN when there is none, or (`-00:00`) none known. */
export function offsetSeconds(offset: string): number {
  if (offset === "Z") return 0;
  const digits = offset.slice(1).replaceAll(":", "").padEnd(6, "0");
  const hours = twoDigits(digits, 0);
  const minutes = twoDigits(digits, 2);
  const seconds = twoDigits(digits, 4);
  if (hours > 23 || minutes > 59 || seconds > 59) return Number.NaN;
  const total = hours * 3600 + minutes * 60 + seconds;
  if (!offset.startsWith("-")) return total;
  return total === 0 ? Number.NaN : -total;
}

const two = (value: number): string => String(value).padStart(2, "0");

const secondOfDay = (time: string): number =>
  twoDigits(time, 0) * 3600 + twoDigits(time, 3) * 60 + twoDigits(time, 6);

const clockText = (second: number): string =>
  `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
