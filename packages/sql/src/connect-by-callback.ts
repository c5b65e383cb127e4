import { QianzhiError } from "@qianzhi/sdk";

/** Connects over a driver that calls back; an abort gives up at once. What does not succeed is cut. */
export function connectByCallback(
  connect: (done: (error?: Error | null) => void) => void,
  cut: () => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cut();
      reject(new QianzhiError("QZ_CANCELLED", { operation: "connect" }));
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    connect((error) => {
      signal.removeEventListener("abort", abort);
      if (error === null || error === undefined) return resolve();
      cut();
      reject(error);
    });
  });
}
