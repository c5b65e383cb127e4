import type { Activity, Holder } from "../src/horizon.ts";

/** What a source tells of transactions: nothing of their stamps (MySQL), or since when they may hold some (PostgreSQL). */
export type Engine = "tells statements" | "tells transactions";

export const steps = [
  "begin",
  "statement",
  "enter",
  "finish",
  "commit",
  "rollback",
  "prepare and leave",
  "commit prepared",
] as const;
export type Step = (typeof steps)[number];

interface Stamp {
  readonly stamp: number;
}

interface Transaction {
  readonly id: string;
  readonly startedAt: number;
  /** Stamps that wait for the commit. */
  readonly stamps: Stamp[];
}

interface Session {
  readonly name: string;
  statement?: { readonly stamp: number; entered: boolean } | undefined;
  transaction?: Transaction | undefined;
}

/** Time of the model in milliseconds, as a source's clock would print it. */
export const clockText = (ms: number): string =>
  new Date(Date.UTC(2026, 0, 1) + ms).toISOString().replace("T", " ").slice(0, 23);

/**
 * Sessions of a database as far as stamps are concerned. A statement takes its stamp when it starts, or for the engine
 * that tells transactions, when its transaction started; it enters the engine later, and is visible after the commit.
 */
export class SessionModel {
  readonly engine: Engine;
  nowMs = 0;
  /** Every stamp that is taken by the engine and not visible. */
  readonly hidden = new Set<Stamp>();
  readonly #sessions: Session[];
  readonly #prepared: Transaction[] = [];
  #transactions = 0;
  #names = 0;

  constructor(engine: Engine, sessions: number) {
    this.engine = engine;
    this.#sessions = Array.from({ length: sessions }, () => this.#connect());
  }

  step(at: number, step: Step): void {
    this.nowMs += 7;
    const place = at % this.#sessions.length;
    const session = this.#sessions[place]!;
    const { statement, transaction } = session;
    switch (step) {
      case "begin":
        if (transaction === undefined) this.#begin(session);
        return;
      case "statement":
        if (statement === undefined) this.#start(session);
        return;
      case "enter":
        if (statement?.entered === false) this.#enter(session, statement);
        return;
      case "finish":
        if (statement?.entered === true) session.statement = undefined;
        return;
      case "commit":
      case "rollback":
        if (statement === undefined) this.#end(session);
        return;
      case "prepare and leave":
        if (statement !== undefined || transaction === undefined) return;
        if (transaction.stamps.length > 0) this.#prepared.push(transaction);
        this.#sessions[place] = this.#connect();
        return;
      case "commit prepared":
        this.#show(this.#prepared.shift());
        return;
    }
  }

  /** Statements that run. An engine that tells transactions need not list them. */
  statements(): readonly Holder[] {
    if (this.engine === "tells transactions") return [];
    return this.#sessions.flatMap(({ name, statement }) =>
      statement === undefined
        ? []
        : [{ session: name, since: clockText(statement.stamp), ...words(name, statement.stamp) }],
    );
  }

  /** Open transactions, those alone that have written where statements are told, and prepared ones. */
  transactions(): readonly Holder[] {
    const tells = this.engine === "tells transactions";
    const open = this.#sessions.flatMap(({ name, transaction }): Holder[] => {
      if (transaction === undefined || (!tells && transaction.stamps.length === 0)) return [];
      const { id, startedAt, stamps } = transaction;
      return [
        {
          session: name,
          ...(stamps.length === 0 ? {} : { transaction: id }),
          ...(tells ? { since: clockText(startedAt) } : {}),
          ...words(name, startedAt),
        },
      ];
    });
    // When it was prepared says nothing of its stamps.
    const prepared = this.#prepared.map(({ id }) => ({
      transaction: id,
      ...words(id, this.nowMs),
    }));
    return [...open, ...prepared];
  }

  #connect(): Session {
    this.#names += 1;
    return { name: `s${this.#names}` };
  }

  #begin(session: Session): Transaction {
    this.#transactions += 1;
    session.transaction = { id: `t${this.#transactions}`, startedAt: this.nowMs, stamps: [] };
    return session.transaction;
  }

  #start(session: Session): void {
    if (this.engine === "tells statements")
      session.statement = { stamp: this.nowMs, entered: false };
    else {
      const { startedAt } = session.transaction ?? this.#begin(session);
      session.statement = { stamp: startedAt, entered: false };
    }
  }

  #enter(session: Session, statement: { readonly stamp: number; entered: boolean }): void {
    statement.entered = true;
    const { stamps } = session.transaction ?? this.#begin(session);
    const stamp = { stamp: statement.stamp };
    stamps.push(stamp);
    this.hidden.add(stamp);
  }

  #end(session: Session): void {
    this.#show(session.transaction);
    session.transaction = undefined;
  }

  #show(transaction: Transaction | undefined): void {
    for (const stamp of transaction?.stamps ?? []) this.hidden.delete(stamp);
  }
}

const words = (name: string, at: number) => ({ words: name, began: clockText(at) });

/** An activity from lists made at different moments. */
export const activityOf = (clockMs: number, holders: readonly Holder[]): Activity => ({
  clock: clockText(clockMs),
  holders,
});
