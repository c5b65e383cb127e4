import type { RawRow, RawValue } from "@qianzhi/sdk";
import type { TestLock, TestSession, TestTable } from "../../src/index.ts";
import { parseWritten } from "./kinds.ts";

/** A table as it is stored: rows in no order that anybody may rely on. */
export interface StoredTable {
  readonly name: string;
  readonly kind: "table" | "view";
  readonly columns: TestTable["columns"];
  readonly key: readonly string[];
  rows: RawRow[];
  readonly denied?: "table" | "column";
  /** Rows that are made when they are read, so that what is kept of them counts. */
  readonly fresh?: boolean;
}

export interface Change {
  readonly table: string;
  readonly op: "upsert" | "delete";
  readonly row: RawRow;
}

/** Something open: its stamps may still come up. */
export interface OpenWork {
  readonly session: string;
  /** When it began: every stamp in it is this, as `now()` of PostgreSQL. */
  readonly since: string;
  /** When it got past what it waited for; undefined while it waits or has written nothing. */
  entered?: string;
  readonly prepared: boolean;
}

interface Transaction {
  work: OpenWork;
  readonly writes: ((log: boolean) => void)[];
}

/** How far the clock of the database goes on at each look. */
const TICK_MS = 250;
const EPOCH_MS = Date.UTC(2030, 0, 1);

/**
 * The legacy database of the reference adapter, in memory: transactions that stamp early and commit late, locks, a feed
 * of changes, accounts, connections that can be cut, and a clock that goes on whenever somebody looks.
 */
export class MemoryDatabase {
  readonly tables = new Map<string, StoredTable>();
  readonly feed: Change[] = [];
  readonly open = new Set<OpenWork>();
  /** Connections of the reading account; deleting one cuts it. */
  readonly connections = new Set<object>();
  forgotten = 0;
  slowStatements = 0;
  #looks = 0;
  #sessions = 0;
  #locks = new Map<string, Promise<void>>();

  now(offset = "+08:00"): string {
    const hours =
      Number(offset.slice(0, 3)) +
      Math.sign(Number(offset.slice(0, 3))) * (Number(offset.slice(4)) / 60);
    const at = new Date(EPOCH_MS + ++this.#looks * TICK_MS + hours * 3_600_000).toISOString();
    return `${at.slice(0, 10)} ${at.slice(11, 23)}${String(this.#looks % 1_000).padStart(3, "0")}`;
  }

  create(table: TestTable, also: Partial<StoredTable> = {}): void {
    const rows = table.rows.map((row) => this.#parse(table, row, () => this.now()));
    this.tables.set(table.name, { kind: "table", ...table, rows, ...also });
  }

  /** Makes writers of the table wait once they have taken their stamp. */
  lock(name: string): TestLock {
    const { promise, resolve } = withResolvers();
    this.#locks.set(name, promise);
    return {
      release: async () => {
        this.#locks.delete(name);
        resolve();
        await promise;
      },
    };
  }

  session(): TestSession {
    const id = `session ${++this.#sessions}`;
    let current: Transaction | undefined;
    const start = (): Transaction => {
      const work: OpenWork = { session: id, since: this.now(), prepared: false };
      this.open.add(work);
      return { work, writes: [] };
    };
    const end = (transaction: Transaction, commit: boolean) => {
      this.open.delete(transaction.work);
      if (commit) for (const write of transaction.writes) write(true);
    };
    const write = async (
      table: TestTable,
      change: (now: () => string) => (log: boolean) => void,
    ) => {
      const transaction = current ?? start();
      await this.#locks.get(table.name);
      transaction.work.entered ??= this.now();
      transaction.writes.push(change(() => transaction.work.since));
      if (current === undefined) end(transaction, true);
    };
    const settle = async (commit: boolean) => {
      if (current !== undefined) end(current, commit);
      current = undefined;
    };
    return {
      insert: (table, row) => write(table, (now) => this.#insert(table, row, now)),
      update: (table, row) => write(table, (now) => this.#update(table, row, now)),
      remove: (table, key) => write(table, () => this.#remove(table, key)),
      async begin() {
        current = start();
      },
      commit: () => settle(true),
      rollback: () => settle(false),
      prepare: async () => {
        const transaction = current!;
        current = undefined;
        this.open.delete(transaction.work);
        transaction.work = { ...transaction.work, prepared: true };
        this.open.add(transaction.work);
        return { commit: async () => end(transaction, true) };
      },
      close: () => settle(false),
    };
  }

  #parse({ columns }: TestTable, row: readonly (string | null)[], now: () => string): RawRow {
    return row.map((value, at) => parseWritten(value, now, columns[at]!.type.native));
  }

  #insert(table: TestTable, row: readonly (string | null)[], now: () => string) {
    const parsed = this.#parse(table, row, now);
    return () => this.#apply({ table: table.name, op: "upsert", row: parsed });
  }

  #update(table: TestTable, row: readonly (string | null)[], now: () => string) {
    const parsed = this.#parse(table, row, now);
    return () => {
      if (this.#drop(table.name, parsed[0]!))
        this.#apply({ table: table.name, op: "upsert", row: parsed });
    };
  }

  #remove(table: TestTable, key: string) {
    const [id] = this.#parse(table, [key], () => "");
    const row = table.columns.map((_, at): RawValue => (at === 0 ? id! : null));
    return () => {
      if (this.#drop(table.name, id!)) this.feed.push({ table: table.name, op: "delete", row });
    };
  }

  #apply(change: Change): void {
    this.tables.get(change.table)?.rows.push(change.row);
    this.feed.push(change);
  }

  #drop(name: string, id: RawValue): boolean {
    const table = this.tables.get(name)!;
    const before = table.rows.length;
    table.rows = table.rows.filter((row) => row[0] !== id);
    return table.rows.length < before;
  }
}

function withResolvers(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}
