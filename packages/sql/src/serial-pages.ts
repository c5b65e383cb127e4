import { QianzhiError } from "@qianzhi/sdk";
import type { serially } from "./serial-query.ts";

/**
 * Runs one statement that comes in pages: the connection is nobody else's until it has ended or was given up. Aborted, it
 * rejects with QZ_CANCELLED at once, and the statement is stopped as any other that runs.
 */
export async function* serialPages<T>(
  serial: ReturnType<typeof serially>,
  open: () => AsyncGenerator<T, void>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const operation = "list";
  let release = (): void => {};
  const hold = new Promise<void>((resolve) => void (release = resolve));
  await new Promise<void>((resolve, reject) => {
    const inTurn = (): Promise<void> => {
      resolve();
      return hold;
    };
    serial(inTurn, operation, signal).catch(reject);
  });
  const pages = open();
  try {
    for (;;) {
      const { value, done } = await unlessAborted(pages.next(), operation, signal);
      if (done === true) return;
      yield value;
    }
  } finally {
    const closed = pages.return().then(release, release);
    // What was aborted is told at once; the next statement waits for the end all the same.
    if (!signal.aborted) await closed;
  }
}

function unlessAborted<T>(work: Promise<T>, operation: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new QianzhiError("QZ_CANCELLED", { operation }));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
