import { QianzhiError, type Clock } from "@qianzhi/sdk";
import { VANISHED_AFTER_SECONDS, type Engine, type Session } from "./engine/engine.ts";
import type { TablesOptions } from "./options.ts";

export interface SessionPool {
  /**
   * Lends a session for the time of `work`, waiting for one when all are lent. One whose work failed is cut: what its
   * transaction came to is looked up afterwards, never assumed.
   */
  use<T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

/** A session that has rested for longer may be gone by the time its statement arrives. */
const LONGEST_REST_MS = (VANISHED_AFTER_SECONDS * 1_000) / 2;

export function sessionPool(engine: Engine, options: TablesOptions, clock: Clock): SessionPool {
  const idle: { readonly session: Session; readonly since: number }[] = [];
  const waiting: (() => void)[] = [];
  let lent = 0;
  let closed = false;

  async function place(): Promise<void> {
    while (lent >= options.maxConnections) await new Promise<void>((wake) => waiting.push(wake));
    lent += 1;
  }

  function rested(): Session | undefined {
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) {
      if (clock.monotonic() - found.since < LONGEST_REST_MS) return found.session;
      found.session.cut();
    }
    return undefined;
  }

  return {
    async use(work, signal) {
      await place();
      let session: Session | undefined;
      const cut = (): void => session?.cut();
      try {
        if (closed || signal.aborted)
          throw new QianzhiError("QZ_CANCELLED", { operation: "deliver" });
        session = rested() ?? (await engine.connect(options, signal));
        signal.addEventListener("abort", cut, { once: true });
        const result = await work(session);
        if (closed) await session.end();
        else idle.push({ session, since: clock.monotonic() });
        return result;
      } catch (error) {
        cut();
        throw error;
      } finally {
        signal.removeEventListener("abort", cut);
        lent -= 1;
        waiting.shift()?.();
      }
    },
    async close() {
      closed = true;
      await Promise.all(idle.splice(0).map(({ session }) => session.end()));
    },
  };
}
