import type { Dice } from "../simulation/seeded-random.ts";
import type { HistoryEngine, WriterSession } from "./engine.ts";

/** How often a session ends with its transactions; the others go on, as those of an application's connection pool do. */
const ENDS = 0.2;

/** Sessions of the legacy system, each used by one writer at a time; disposing ends those that nobody uses. */
export interface SessionPool extends AsyncDisposable {
  /** Opens what lacks to so many that nobody uses: whoever takes one then begins at once. */
  ready(count: number): Promise<void>;
  take(): Promise<WriterSession>;
  /** Gives back a session that has no open transaction. */
  give(session: WriterSession): Promise<void>;
}

export function sessionPool(engine: HistoryEngine, dice: Dice): SessionPool {
  const idle: WriterSession[] = [];
  return {
    async ready(count) {
      const lacking = Math.max(0, count - idle.length);
      idle.push(...(await Promise.all(Array.from({ length: lacking }, () => engine.session()))));
    },
    take: async () => idle.pop() ?? engine.session(),
    async give(session) {
      if (dice.chance(ENDS)) await session.end();
      else idle.push(session);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(idle.splice(0).map((session) => session.end()));
    },
  };
}
