import type { AlarmLimits } from "./site-config.ts";
import { parseDuration } from "./units.ts";

/** The alarms' limits as the file has them, defaults filled in. */
export interface RawAlarms {
  readonly overdueAfter: string;
  readonly stalledAfter: string;
  readonly lagAfter: string;
  readonly waitingAfter: string;
  readonly quarantineGrowth: number;
  readonly slowdown: number;
}

export const readAlarms = (raw: RawAlarms): AlarmLimits => ({
  overdueAfterMs: parseDuration(raw.overdueAfter),
  stalledAfterMs: parseDuration(raw.stalledAfter),
  lagAfterMs: parseDuration(raw.lagAfter),
  waitingAfterMs: parseDuration(raw.waitingAfter),
  quarantineGrowth: raw.quarantineGrowth,
  slowdownPercent: raw.slowdown,
});
