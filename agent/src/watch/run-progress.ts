import type { Clock } from "@qianzhi/sdk";
import type { RunFacts } from "../state/watch-facts.ts";

/** What a pipeline's runner tells of its runs while they are under way. */
export interface RunProgress {
  /** A run begins, and ends when this is disposed. */
  begin(): Disposable;
  /** It has got a connection. */
  reads(): void;
  /** The source has answered a statement. */
  answered(statement: { readonly ms: number; readonly rows: number }): void;
  /** The run under way, in times of the wall clock. */
  run(): RunFacts | null;
  /**
   * Rows that the source gave for each second in which it worked, since this was asked last; undefined, and asked for
   * again later, while there were too few.
   */
  takeRate(): number | undefined;
}

/** Below it a page says more of the way to the source than of the source. */
const LEAST_PAGE_ROWS = 100;
const LEAST_ROWS = 5_000;

export function runProgress(clock: Clock): RunProgress {
  let startedAt: number | undefined;
  let answeredAt = clock.monotonic();
  let isReading = false;
  let [rows, busyMs] = [0, 0];
  return {
    begin() {
      startedAt = clock.monotonic();
      answeredAt = startedAt;
      isReading = false;
      return { [Symbol.dispose]: () => (startedAt = undefined) };
    },
    reads() {
      isReading = true;
      answeredAt = clock.monotonic();
    },
    answered(statement) {
      answeredAt = clock.monotonic();
      if (statement.rows < LEAST_PAGE_ROWS) return;
      rows += statement.rows;
      busyMs += statement.ms;
    },
    run() {
      if (startedAt === undefined) return null;
      const wall = (monotonic: number): number =>
        Math.floor(clock.now() - (clock.monotonic() - monotonic));
      return { startedAt: wall(startedAt), isReading, answeredAt: wall(answeredAt) };
    },
    takeRate() {
      if (rows < LEAST_ROWS || busyMs === 0) return undefined;
      const rate = Math.round((rows / busyMs) * 1000);
      [rows, busyMs] = [0, 0];
      return rate;
    },
  };
}
