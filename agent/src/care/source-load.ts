import type { Clock } from "@qianzhi/sdk";

/** What was asked of a source over a stretch of time. */
export interface LoadSum {
  readonly statements: number;
  readonly rows: number;
  /** Time in which it worked for us; with several connections it may exceed the time that passed. */
  readonly busyMs: number;
  /** Time that statements were put off because it answered slowly, and to keep its row rate. */
  readonly slowRestMs: number;
  readonly rateRestMs: number;
}

/** The load on a source as it is kept for `status`: of the last hour at most, and since the agent's start. */
export interface LoadReport {
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
  readonly at: number;
  readonly hour: LoadSum & { readonly elapsedMs: number };
  readonly total: LoadSum & { readonly elapsedMs: number };
  /** Rows that each pipeline asks for at once. */
  readonly pageRows: Readonly<Record<string, number>>;
}

export interface SourceLoad {
  add(part: Partial<LoadSum>): void;
  report(): Omit<LoadReport, "pageRows">;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;
const nothing: LoadSum = { statements: 0, rows: 0, busyMs: 0, slowRestMs: 0, rateRestMs: 0 };

/** Sums by the minute, of which the last sixty are kept. */
export function sourceLoad(clock: Clock): SourceLoad {
  const startedAt = clock.now();
  const started = clock.monotonic();
  const minutes = new Map<number, LoadSum>();
  let total = nothing;
  const minuteNow = (): number => Math.floor((clock.monotonic() - started) / MINUTE_MS);
  const forget = (minute: number): void => {
    for (const known of minutes.keys()) if (known <= minute - MINUTES) minutes.delete(known);
  };
  return {
    add(part) {
      const minute = minuteNow();
      if (!minutes.has(minute)) forget(minute);
      minutes.set(minute, sum(minutes.get(minute) ?? nothing, part));
      total = sum(total, part);
    },
    report() {
      const minute = minuteNow();
      forget(minute);
      const elapsedMs = clock.monotonic() - started;
      const hourMs = elapsedMs - Math.max(0, minute - MINUTES + 1) * MINUTE_MS;
      return {
        startedAt,
        at: clock.now(),
        hour: { ...[...minutes.values()].reduce(sum, nothing), elapsedMs: hourMs },
        total: { ...total, elapsedMs },
      };
    },
  };
}

const sum = (one: LoadSum, other: Partial<LoadSum>): LoadSum => ({
  statements: one.statements + (other.statements ?? 0),
  rows: one.rows + (other.rows ?? 0),
  busyMs: one.busyMs + (other.busyMs ?? 0),
  slowRestMs: one.slowRestMs + (other.slowRestMs ?? 0),
  rateRestMs: one.rateRestMs + (other.rateRestMs ?? 0),
});
