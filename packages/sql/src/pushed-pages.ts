/** A statement under way whose driver hands over row by row. */
export interface PushedRows {
  /** What has come already may still be handed over. */
  pause(): void;
  resume(): void;
  /** Stops the statement at the server; its end is told as any other. */
  stop(): unknown;
}

/** The rows of one statement, page by page; the driver waits while nobody takes them. Closed early, it is stopped. */
export async function* pushedPages(
  begin: (onRow: (row: unknown[]) => void, onEnd: (error?: Error) => void) => PushedRows,
  pageRows: number,
): AsyncGenerator<unknown[][], void> {
  let rows: unknown[][] = [];
  let failure: Error | undefined;
  let ended = false;
  let dropped = false;
  let wake = (): void => {};
  const moved = () => new Promise<void>((resolve) => void (wake = resolve));
  const running = begin(
    (row) => {
      if (dropped || rows.push(row) < pageRows) return;
      running.pause();
      wake();
    },
    (error) => {
      failure ??= error;
      ended = true;
      wake();
    },
  );
  try {
    for (;;) {
      while (!ended && rows.length < pageRows) await moved();
      if (failure !== undefined) throw failure;
      const isLast = ended;
      const page = rows;
      rows = [];
      if (page.length > 0) yield page;
      if (isLast) return;
      running.resume();
    }
  } finally {
    if (!ended) {
      dropped = true;
      running.resume();
      await running.stop();
      while (!ended) await moved();
    }
  }
}
