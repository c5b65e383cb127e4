import {
  openDatabase,
  type Database,
  type OpenDatabase,
  type SqlValue,
  type Statement,
} from "../../src/index.ts";

/** What a test's process death looks like from inside: nothing of it is an error that the product knows. */
export class Crash extends Error {}

export interface CrashPlan {
  /** Statements until the crash; negative = none. */
  left: number;
  /** The statement at which it crashes is carried out first. */
  readonly afterwards: boolean;
  crashed: boolean;
}

/**
 * SQLite whose connection is abandoned at the n-th statement, as a dying process abandons it: what was committed stays, what
 * was not is gone, and every later call fails.
 */
export function crashingDatabase(plan: CrashPlan): OpenDatabase {
  return async (path, options) => {
    const inner = await openDatabase(path, options);
    const step = <T>(work: () => T): T => {
      if (plan.crashed) throw new Crash("the process is dead");
      if (plan.left-- !== 0) return work();
      if (plan.afterwards) work();
      plan.crashed = true;
      abandon(inner);
      throw new Crash("the process died");
    };
    const database: Database = {
      exec: (sql) => step(() => inner.exec(sql)),
      prepare<R>(sql: string): Statement<R> {
        if (plan.crashed) throw new Crash("the process is dead");
        const statement = inner.prepare<R>(sql);
        const stepped =
          <T>(work: (...values: readonly SqlValue[]) => T) =>
          (...values: readonly SqlValue[]): T =>
            step(() => work(...values));
        return {
          run: stepped((...values) => statement.run(...values)),
          get: stepped((...values) => statement.get(...values)),
          all: stepped((...values) => statement.all(...values)),
          iterate: stepped((...values) => statement.iterate(...values)),
        };
      },
      close() {
        if (!plan.crashed) inner.close();
      },
    };
    return database;
  };
}

/** Closing alone leaves the transaction open for as long as a statement object lives. */
function abandon(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // No transaction was open.
  }
  database.close();
}
