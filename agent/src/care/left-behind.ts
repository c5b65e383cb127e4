import { QianzhiError, type World } from "@qianzhi/sdk";

/** How long a call of an adapter may go on once it was cancelled. */
const CANCELLED_MS = 10_000;

interface AdapterCall {
  readonly kind: string;
  readonly operation: string;
}
type LeavingWorld = Pick<World, "timers" | "log">;

/**
 * What an adapter's call comes to. One that goes on after it was cancelled, as a vendor's may for ever, is left behind with
 * QZ_CANCELLED: an agent that is to stop must not wait for it.
 */
export function unlessLeftBehind<T>(
  work: Promise<T>,
  call: AdapterCall,
  signal: AbortSignal,
  { timers, log }: LeavingWorld,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = new AbortController();
    const wait = async (): Promise<void> => {
      await timers.sleep(CANCELLED_MS, settled.signal);
      if (settled.signal.aborted) return;
      log.warn("adapter does not end a cancelled call", { ...call });
      reject(new QianzhiError("QZ_CANCELLED", { operation: call.operation }));
    };
    const begin = (): void => void wait();
    if (signal.aborted) begin();
    else signal.addEventListener("abort", begin, { once: true });
    const end = (): void => {
      signal.removeEventListener("abort", begin);
      settled.abort();
    };
    // A vendor's function need not be an async one.
    Promise.resolve(work).then(resolve, reject).finally(end);
  });
}

/** The same for what comes piece by piece: each is a call, and so is the end of one that is not read to its end. */
export async function* eachUnlessLeftBehind<T>(
  pieces: AsyncIterable<T>,
  call: AdapterCall,
  signal: AbortSignal,
  world: LeavingWorld,
): AsyncGenerator<T, void> {
  const iterator = pieces[Symbol.asyncIterator]();
  let isOver = false;
  const next = async (): Promise<IteratorResult<T>> => {
    try {
      const found = await unlessLeftBehind(iterator.next(), call, signal, world);
      isOver = found.done === true;
      return found;
    } catch (error) {
      isOver = true;
      throw error;
    }
  };
  try {
    for (let found = await next(); found.done !== true; found = await next()) yield found.value;
  } finally {
    if (!isOver) await unlessLeftBehind(Promise.resolve(iterator.return?.()), call, signal, world);
  }
}
