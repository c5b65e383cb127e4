/*
 * Times of a source's clock, in the one zone of the session: `YYYY-MM-DD HH:MM:SS.mmm`. They are cut to milliseconds,
 * which only moves a bound down, and compare as texts.
 */

/** The clock's text, any number of fraction digits, in the form that compares as text. */
export function wallClock(text: string): string {
  return `${text.slice(0, 10)} ${text.slice(11, 19)}.${text.slice(20, 23).padEnd(3, "0")}`;
}

/** Read as if it were UTC: only differences count, so no zone with its jumps enters. */
export function less(text: string, ms: number): string {
  const clock = wallClock(text);
  if (ms === 0) return clock;
  const at = new Date(Date.parse(`${clock.replace(" ", "T")}Z`) - ms).toISOString();
  return `${at.slice(0, 10)} ${at.slice(11, 23)}`;
}

export const earliest = (first: string, ...others: readonly string[]): string =>
  others.reduce((least, each) => (each < least ? each : least), first);
