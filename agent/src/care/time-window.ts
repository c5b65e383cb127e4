import type { Clock } from "@qianzhi/sdk";

/** A stretch of each day by the wall clock, in minutes since midnight; `until` at or below `from` lies on the next day. */
export interface TimeWindow {
  readonly from: number;
  readonly until: number;
}

export const windowPattern =
  "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";

const DAY_MINUTES = 24 * 60;
const MINUTE_MS = 60_000;

/** `22:00-06:00`. The text matches {@link windowPattern}. */
export function parseWindow(text: string): TimeWindow {
  const [from = 0, until = 0] = text.split("-").map((time) => {
    const [hours = 0, minutes = 0] = time.split(":").map(Number);
    return hours * 60 + minutes;
  });
  return { from, until };
}

/** When reading is allowed: from the first minute of a window to the last, its end excluded. No windows: always. */
export interface Opening {
  /** How long until reading is allowed; undefined while it is. */
  closedMs(): number | undefined;
}

/** Windows in a zone. Days on which the zone's clocks change move the end of a wait by the change: whoever waits looks again. */
export function openingIn(
  windows: readonly TimeWindow[],
  timeZone: string,
  clock: Pick<Clock, "now">,
): Opening {
  if (windows.length === 0) return { closedMs: () => undefined };
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return {
    closedMs() {
      const now = clock.now();
      const [hours = 0, minutes = 0] = format.format(now).split(":").map(Number);
      const minute = hours * 60 + minutes;
      if (windows.some((window) => holds(window, minute))) return undefined;
      const wait = Math.min(...windows.map(({ from }) => ahead(minute, from)));
      return wait * MINUTE_MS - (now % MINUTE_MS);
    },
  };
}

const holds = ({ from, until }: TimeWindow, minute: number): boolean =>
  until > from ? from <= minute && minute < until : from <= minute || minute < until;

const ahead = (minute: number, target: number): number =>
  (target - minute + DAY_MINUTES) % DAY_MINUTES;
