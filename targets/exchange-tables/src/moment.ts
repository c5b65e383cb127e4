/** Times are kept in milliseconds since 1970 and written in whole seconds, as the tables have them. */
export const SECOND_MS = 1_000;

/** A moment as a clock with this offset shows it: `2026-01-02 03:04:05`, or in a format of yyyy MM dd HH mm ss. */
export function momentText(ms: number, offset: string, format = "yyyy-MM-dd HH:mm:ss"): string {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? [];
  const shiftMs = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60 * SECOND_MS;
  const [, yyyy, MM, dd, HH, mm, ss] =
    /^(\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(new Date(ms + shiftMs).toISOString()) ?? [];
  const parts: Readonly<Record<string, string | undefined>> = { yyyy, MM, dd, HH, mm, ss };
  return format.replace(/yyyy|MM|dd|HH|mm|ss/g, (part) => parts[part] ?? "");
}
