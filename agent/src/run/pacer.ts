import type { World } from "@qianzhi/sdk";

/** Keeps the mean of the rows read below a rate: called before each page with the size of the one before. */
export function pacer(
  rowsPerSecond: number | undefined,
  { clock, timers }: World,
  signal: AbortSignal,
): (rows: number) => Promise<void> {
  if (rowsPerSecond === undefined) return () => Promise.resolve();
  let free = clock.monotonic();
  return async (rows) => {
    free = Math.max(free, clock.monotonic() - 1000) + (rows / rowsPerSecond) * 1000;
    const waitMs = free - clock.monotonic();
    if (waitMs > 0) await timers.sleep(waitMs, signal);
  };
}
