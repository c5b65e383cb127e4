import { QianzhiError } from "@qianzhi/sdk";

/** A connection that runs one statement at a time, and can stop the one that runs. */
export interface Serial {
  /** Stops the running statement on the server; resolves when the connection can be used again. Never rejects. */
  cancel?(): Promise<void>;
}

/**
 * Runs statements of one connection one after another. An aborted one rejects with QZ_CANCELLED at once; if it was
 * running it is stopped on the server, and the next begins only when that is done, or it would be stopped instead.
 */
export function serially(
  connection: Serial,
): <T>(run: () => Promise<T>, operation: string, signal: AbortSignal) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run, operation, signal) => {
    const cancelled = () => new QianzhiError("QZ_CANCELLED", { operation });
    if (signal.aborted) return Promise.reject(cancelled());
    let running = false;
    let stopping: Promise<void> | undefined;
    const work = last.then(() => {
      if (signal.aborted) throw cancelled();
      running = true;
      return run();
    });
    const ended = work.then(
      () => {
        running = false;
      },
      () => {
        running = false;
      },
    );
    last = ended.then(() => stopping);
    return new Promise((resolve, reject) => {
      const abort = () => {
        if (running) stopping = connection.cancel?.();
        reject(cancelled());
      };
      signal.addEventListener("abort", abort, { once: true });
      work.then(resolve, reject);
      void ended.then(() => signal.removeEventListener("abort", abort));
    });
  };
}
