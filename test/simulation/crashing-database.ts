import type { Database, OpenDatabase, SqlValue } from "@qianzhi/exchange";

/** How a process dies, seen from inside: nothing that the product knows. */
class CrashSignal extends Error {}

/** When the process that uses a database dies at a statement. */
export interface CrashPlan {
  /** Statements until then; negative: none is planned. */
  left: number;
  /** The statement at which it dies is still carried out. */
  afterwards: boolean;
  dead: boolean;
  /** Transactions of the process that were committed. */
  commits: number;
  /** Told at the moment of death. */
  readonly onDeath: () => void;
  /** Closes the connections as the operating system does: open transactions are gone. */
  abandon(): void;
  /** Runs what is no part of the process: it neither counts nor dies. */
  aside<T>(work: () => T): T;
}

export function crashPlan(
  openDatabase: OpenDatabase,
  onDeath: () => void,
): CrashPlan & { readonly open: OpenDatabase } {
  const connections: Database[] = [];
  let suspended = false;
  const plan: CrashPlan = {
    left: -1,
    afterwards: false,
    dead: false,
    commits: 0,
    onDeath,
    abandon() {
      plan.dead = true;
      for (const connection of connections.splice(0)) close(connection);
    },
    aside(work) {
      suspended = true;
      try {
        return work();
      } finally {
        suspended = false;
      }
    },
  };

  function step<T>(work: () => T): T {
    if (suspended) return work();
    if (plan.dead) throw new CrashSignal("the process is dead");
    if (plan.left-- !== 0) return work();
    if (plan.afterwards) work();
    plan.abandon();
    plan.onDeath();
    throw new CrashSignal("the process dies");
  }

  const open: OpenDatabase = async (path, options) => {
    const inner = await openDatabase(path, options);
    if (plan.dead) {
      inner.close();
      throw new CrashSignal("the process is dead");
    }
    connections.push(inner);
    return {
      exec: (sql) =>
        step(() => {
          inner.exec(sql);
          if (sql === "COMMIT" && !suspended) plan.commits += 1;
        }),
      prepare<R>(sql: string) {
        if (plan.dead) throw new CrashSignal("the process is dead");
        const statement = inner.prepare<R>(sql);
        return {
          run: (...values: readonly SqlValue[]) => step(() => statement.run(...values)),
          get: (...values: readonly SqlValue[]) => step(() => statement.get(...values)),
          all: (...values: readonly SqlValue[]) => step(() => statement.all(...values)),
          iterate: (...values: readonly SqlValue[]) => step(() => statement.iterate(...values)),
        };
      },
      close() {
        const at = connections.indexOf(inner);
        if (at < 0) return;
        connections.splice(at, 1);
        inner.close();
      },
    };
  };
  return Object.assign(plan, { open });
}

/** Statements that live on would keep the transaction open beyond a mere close. */
function close(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // No transaction was open.
  }
  database.close();
}
