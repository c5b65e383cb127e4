import { QianzhiError } from "@qianzhi/sdk";

/** A connection as soon as it stands; an abort gives up at once, and closes what arrives later. */
export function unlessAborted<T extends { close(): Promise<void> }>(
  connecting: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new QianzhiError("QZ_CANCELLED", { operation: "connect" }));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    connecting
      .then((connection) => {
        if (signal.aborted) connection.close().catch(() => {});
        else resolve(connection);
      }, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

/** What the driver promised, or this error when it has not kept it in time. */
export function within<T>(work: Promise<T>, ms: number, fault: () => QianzhiError): Promise<T> {
  const limit = AbortSignal.timeout(ms);
  return new Promise((resolve, reject) => {
    const late = () => reject(fault());
    limit.addEventListener("abort", late, { once: true });
    work.then(resolve, reject).finally(() => limit.removeEventListener("abort", late));
  });
}
