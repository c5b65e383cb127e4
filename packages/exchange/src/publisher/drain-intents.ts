import { QianzhiError } from "@qianzhi/sdk";

/** Changes that a business program noted in the same transaction as the business itself. */
export interface Intents<C, Id> {
  /** The oldest ones, in the order in which they were noted. Empty when there are none. */
  read(
    limit: number,
  ):
    | Promise<readonly { readonly id: Id; readonly change: C }[]>
    | readonly { readonly id: Id; readonly change: C }[];
  /** Called when they are durable in the outbox. */
  remove(ids: readonly Id[]): Promise<void> | void;
}

export interface DrainOptions {
  /** Intents published together. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_LIMIT = 1_000;

/**
 * Publishes intents in their order until none is left. A crash between publishing and removing publishes the same intents
 * again, in the same order and before any later one, which leaves every key at its last state.
 */
export async function drainIntents<C, Id>(
  intents: Intents<C, Id>,
  publish: (changes: readonly C[]) => Promise<unknown>,
  options: DrainOptions,
): Promise<number> {
  for (let drained = 0; ;) {
    if (options.signal?.aborted === true)
      throw new QianzhiError("QZ_CANCELLED", { operation: "drain" });
    const batch = await intents.read(options.limit ?? DEFAULT_LIMIT);
    if (batch.length === 0) return drained;
    await publish(batch.map(({ change }) => change));
    await intents.remove(batch.map(({ id }) => id));
    drained += batch.length;
  }
}
