/** Calendar arithmetic on whole numbers, proleptic Gregorian. No zone, no `Date`. */

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeapYear = (year: number): boolean =>
  year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days of a month 1–12; 0 for any other number. */
export const daysInMonth = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : (monthLengths[month - 1] ?? 0);

/** Two digits at a place as a number, or −1. */
export function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** True when `YYYY-MM-DD` stands at the beginning and is a day of the years 0001–9999. */
export function startsWithDay(text: string): boolean {
  const century = twoDigits(text, 0);
  const ofCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (century < 0 || ofCentury < 0 || month < 0 || day < 1) return false;
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d) return false;
  const year = century * 100 + ofCentury;
  return year > 0 && (day <= 28 || day <= daysInMonth(year, month)) && month >= 1 && month <= 12;
}

/** True when `HH:MM:SS` stands at a place and is a time of day, 00:00:00–23:59:59. */
export function isTimeOfDay(text: string, at: number): boolean {
  const hour = twoDigits(text, at);
  const minute = twoDigits(text, at + 3);
  const second = twoDigits(text, at + 6);
  return (
    hour >= 0 &&
    hour <= 23 &&
    minute >= 0 &&
    minute <= 59 &&
    second >= 0 &&
    second <= 59 &&
    text.charCodeAt(at + 2) === 0x3a &&
    text.charCodeAt(at + 5) === 0x3a
  );
}

/** True when every character from `at` to the end, or to `end`, is a digit. */
export function areDigits(text: string, at: number, end = text.length): boolean {
  for (let index = at; index < end; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return false;
  }
  return true;
}

export interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly secondOfDay: number;
}

/** A wall clock moved by seconds, less than a day in either direction. */
export function shiftSeconds(clock: WallClock, seconds: number): WallClock {
  const moved = clock.secondOfDay + seconds;
  const secondOfDay = ((moved % 86_400) + 86_400) % 86_400;
  if (moved < 0) return { ...previousDay(clock), secondOfDay };
  return moved >= 86_400 ? { ...nextDay(clock), secondOfDay } : { ...clock, secondOfDay };
}

function previousDay({ year, month, day, secondOfDay }: WallClock): WallClock {
  if (day > 1) return { year, month, day: day - 1, secondOfDay };
  if (month > 1) return { year, month: month - 1, day: daysInMonth(year, month - 1), secondOfDay };
  return { year: year - 1, month: 12, day: 31, secondOfDay };
}

function nextDay({ year, month, day, secondOfDay }: WallClock): WallClock {
  if (day < daysInMonth(year, month)) return { year, month, day: day + 1, secondOfDay };
  if (month < 12) return { year, month: month + 1, day: 1, secondOfDay };
  return { year: year + 1, month: 1, day: 1, secondOfDay };
}
