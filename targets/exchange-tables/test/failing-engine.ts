import { QianzhiError } from "@qianzhi/sdk";
import type { Engine, Session } from "../src/engine/engine.ts";

export interface FailingEngine extends Engine {
  /** Statements since `failAt`. */
  readonly statements: number;
  /** Cuts the connection before or after the nth statement from now, once. */
  failAt(statement: number, when: "before" | "after"): void;
}

/** An engine whose connection dies where it is told to: the server does not learn whether its answer arrived. */
export function failingEngine(engine: Engine): FailingEngine {
  let statements = 0;
  let at = 0;
  let when: "before" | "after" = "before";
  const lost = () => new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: "test" });
  const failing = (session: Session): Session => {
    const around =
      <T>(run: (sql: string, purpose: never) => Promise<T>) =>
      async (sql: string, purpose: unknown): Promise<T> => {
        statements += 1;
        const isDue = statements === at;
        if (isDue && when === "before") {
          session.cut();
          throw lost();
        }
        const result = await run(sql, purpose as never);
        if (!isDue) return result;
        session.cut();
        throw lost();
      };
    return {
      ...session,
      query: around(session.query) as Session["query"],
      insert: around(session.insert) as Session["insert"],
    };
  };
  return {
    ...engine,
    get statements() {
      return statements;
    },
    failAt(statement, side) {
      statements = 0;
      at = statement;
      when = side;
    },
    connect: async (options, signal) => failing(await engine.connect(options, signal)),
  };
}
