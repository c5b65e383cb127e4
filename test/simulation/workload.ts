import type { EventQueue } from "./event-queue.ts";
import type { LegacyRow, LegacyTable, Transaction } from "./legacy-table.ts";
import { INNER_CANARY, KEY_CANARY, SECRET_CANARY } from "./resource.ts";
import type { Dice } from "./seeded-random.ts";
import type { WorldShape } from "./world-shape.ts";

const NAMES = ["甲", "乙", "丙"] as const;
const AMOUNTS = ["1.00", "2.50", null] as const;
/** Changes that make a row unfit to be sent: a name too long or absent, an amount that would have to be rounded. */
const DIRT: readonly Partial<LegacyRow>[] = [
  { name: "一二三四五" },
  { name: null },
  { amount: "1.234" },
];
const CLEAN: Partial<LegacyRow> = { name: "丁", amount: "3.00" };

export interface WorkloadOptions {
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly table: LegacyTable;
  readonly shape: WorldShape;
  /** The source's clock as the change column holds it. */
  readonly stamp: () => string;
  readonly say: (event: string) => void;
}

/** A statement of a transaction: its stamp is taken when it starts. */
type Statement = (transaction: Transaction, stamp: string) => void;

/** The legacy application: what it does to its table until it is stopped. */
export class Workload {
  readonly #options: WorkloadOptions;
  #stopped = false;
  #open = 0;
  #reloading = false;

  constructor(options: WorkloadOptions) {
    this.#options = options;
  }

  /** No transaction is open, and the table is not being reloaded. */
  get atRest(): boolean {
    return this.#open === 0;
  }

  start(): void {
    const { shape, dice, queue } = this.#options;
    // They are there when the agent starts, or come at the same moment.
    if (dice.chance(0.5)) {
      const codes = this.#free(shape.initialRows);
      this.#runSurely("insert", codes, (transaction, changed) =>
        codes.forEach((code) => transaction.put(this.#fresh(code, changed))),
      );
    } else for (let left = shape.initialRows; left > 0; left -= 1) this.#insert(1);
    const next = (): void => {
      if (this.#stopped) return;
      if (!this.#reloading) this.#act();
      queue.after(dice.between(1, shape.workGapMs), next);
    };
    next();
  }

  stop(): void {
    this.#stopped = true;
  }

  #act(): void {
    const { dice, shape } = this.#options;
    const diff = shape.mode !== "cursor" || shape.reconciles;
    const actions: readonly (readonly [weight: number, act: () => void])[] = [
      [4, () => this.#insert(dice.between(1, 3))],
      [6, () => this.#update(dice.between(1, 3), this.#value())],
      [3, () => this.#backAndForth()],
      [2, () => this.#update(1, dice.pick(DIRT))],
      [2, () => this.#update(1, CLEAN)],
      [2, () => this.#update(1, { gone: dice.pick([0, 1]) })],
      [2, () => this.#update(1, { shown: dice.pick([0, 1]) })],
      [shape.reconciles ? 3 : 0, () => this.#forgetStamp()],
      [shape.nullableCursor ? 2 : 0, () => this.#update(1, this.#value(), true)],
      [diff ? 2 : 0, () => this.#remove(false)],
      [diff ? 2 : 0, () => this.#remove(true)],
      [diff ? 1 : 0, () => this.#recase()],
      [2, () => this.#move()],
      [shape.mode === "native" ? 2 : 0.5, () => this.#reload()],
    ];
    let left = dice.fraction() * actions.reduce((sum, [weight]) => sum + weight, 0);
    const [, act] = actions.find(([weight]) => (left -= weight) < 0) ?? actions[0]!;
    act();
  }

  #value(): Partial<LegacyRow> {
    const { dice } = this.#options;
    return { name: dice.pick(NAMES), amount: dice.pick(AMOUNTS) };
  }

  /** Runs statements in one transaction, which ends within the world's limit, most often by a commit. */
  #run(label: string, codes: readonly string[], statements: readonly Statement[]): number {
    const { queue, dice, shape, table, stamp, say } = this.#options;
    const openMs = dice.chance(0.5) ? 0 : dice.between(0, shape.longestOpenMs);
    const rollsBack = dice.chance(0.1);
    say(`source: ${label} ${codes.join(" ")} open ${openMs} ms${rollsBack ? ", rolled back" : ""}`);
    const transaction = table.begin();
    codes.forEach((code) => transaction.lock(code));
    this.#open += 1;
    statements.forEach((statement, place) => {
      const delay = place === 0 ? 0 : dice.between(0, openMs);
      queue.after(delay, () => statement(transaction, stamp()));
    });
    queue.after(openMs, () => {
      this.#open -= 1;
      if (rollsBack) transaction.rollback();
      else transaction.commit();
    });
    return openMs;
  }

  #insert(count: number): void {
    const codes = this.#free(count);
    this.#run("insert", codes, [
      (transaction, changed) =>
        codes.forEach((code) => transaction.put(this.#fresh(code, changed))),
    ]);
  }

  #fresh(code: string, changed: string): LegacyRow {
    return {
      code,
      name: "新",
      amount: "1.00",
      shown: 1,
      gone: 0,
      ...this.#value(),
      changed,
      secret: SECRET_CANARY,
      inner: INNER_CANARY,
    };
  }

  #update(count: number, change: Partial<LegacyRow>, unstamped = false): number {
    const codes = this.#unlocked(count);
    const statements = codes.map((code): Statement => (transaction, changed) => {
      const { table } = this.#options;
      const row = table.get(code);
      // Of a row without a stamp polling can say that it is there, but not that it went.
      if (row === undefined || (unstamped && !table.isLive(row))) return;
      transaction.put({ ...row, ...change, changed: unstamped ? null : changed });
    });
    return this.#run(`set ${JSON.stringify(change)}`, codes, statements);
  }

  /** A row changes and keeps its stamp. */
  #forgetStamp(): void {
    const { table, dice } = this.#options;
    const codes = this.#unlocked(1);
    const change = dice.chance(0.3) ? dice.pick(DIRT) : this.#value();
    const statements = codes.map((code): Statement => (transaction) => {
      const row = table.get(code);
      if (row !== undefined) transaction.put({ ...row, ...change });
    });
    this.#run(`set without stamp ${JSON.stringify(change)}`, codes, statements);
  }

  /** A value changes and soon comes back. */
  #backAndForth(): void {
    const { dice, table, shape } = this.#options;
    const [code] = this.#unlocked(1);
    const before = code === undefined ? undefined : table.get(code);
    if (code === undefined || before === undefined) return;
    const set = (change: Partial<LegacyRow>): number =>
      this.#run(
        `set ${JSON.stringify(change)}`,
        [code],
        [
          (transaction, changed) => {
            const row = table.get(code);
            if (row !== undefined) transaction.put({ ...row, ...change, changed });
          },
        ],
      );
    const openMs = set(this.#value());
    this.#later(openMs + dice.between(1, 3_000) * shape.pace, () => {
      if (!table.isLocked(code)) set({ name: before.name, amount: before.amount });
    });
  }

  #remove(returns: boolean): void {
    const { dice, table, shape } = this.#options;
    const [code] = this.#unlocked(1);
    const row = code === undefined ? undefined : table.get(code);
    if (code === undefined || row === undefined) return;
    const openMs = this.#run("delete", [code], [(transaction) => transaction.remove(code)]);
    if (!returns) return;
    this.#later(openMs + dice.between(1, 1_000) * shape.pace, () => {
      if (!table.isLocked(code) && table.get(code) === undefined)
        this.#run(
          "insert again",
          [code],
          [(transaction, changed) => transaction.put({ ...row, changed })],
        );
    });
  }

  /** The key becomes another text that compares equal to it. */
  #recase(): void {
    const { table } = this.#options;
    const [code] = this.#unlocked(1);
    if (code === undefined) return;
    this.#run(
      "recase",
      [code],
      [
        (transaction, changed) => {
          const row = table.get(code);
          if (row !== undefined) transaction.put({ ...row, code: recased(row.code), changed });
        },
      ],
    );
  }

  /** The key becomes another one. Where deletions are only flagged, the old row stays, flagged. */
  #move(): void {
    const { table, shape } = this.#options;
    const [from] = this.#unlocked(1);
    const [to] = this.#free(1);
    if (from === undefined || to === undefined) return;
    this.#run(
      "move",
      [from, to],
      [
        (transaction, changed) => {
          const row = table.get(from);
          if (row === undefined) return;
          if (shape.mode !== "cursor") transaction.remove(from);
          else transaction.put({ ...row, gone: 1, changed });
          transaction.put({ ...row, code: to, changed });
        },
      ],
    );
  }

  /** The table is emptied, and filled again in a few steps; nobody else writes meanwhile. */
  #reload(): void {
    const { table, dice, shape } = this.#options;
    const rows = table.rows();
    if (rows.some(({ code }) => table.isLocked(code))) return;
    this.#reloading = true;
    this.#open += 1;
    const codes = rows.map(({ code }) => code);
    // Where there is a feed, it begins anew.
    table.forgetChanges();
    const emptied = this.#runSurely("truncate", codes, (transaction) =>
      codes.forEach((code) => transaction.remove(code)),
    );
    const steps = dice.between(1, 3);
    let at = emptied + dice.between(1, 8_000) * shape.pace;
    for (let step = 0; step < steps; step += 1) {
      const part = rows.filter((_, place) => place % steps === step);
      this.#later(at, () =>
        this.#runSurely(
          "reload",
          part.map(({ code }) => code),
          (transaction, changed) => part.forEach((row) => transaction.put({ ...row, changed })),
        ),
      );
      at += dice.between(1, 3_000) * shape.pace;
    }
    this.#options.queue.after(at + shape.longestOpenMs, () => {
      this.#reloading = false;
      this.#open -= 1;
    });
  }

  /** A transaction of one statement that commits at once. */
  #runSurely(label: string, codes: readonly string[], statement: Statement): number {
    const { table, stamp, say } = this.#options;
    say(`source: ${label} ${codes.join(" ")}`);
    const transaction = table.begin();
    statement(transaction, stamp());
    transaction.commit();
    return 0;
  }

  #later(ms: number, act: () => void): void {
    this.#open += 1;
    this.#options.queue.after(ms, () => {
      this.#open -= 1;
      act();
    });
  }

  #unlocked(count: number): readonly string[] {
    const { table, dice } = this.#options;
    const codes = table
      .rows()
      .map(({ code }) => code)
      .filter((code) => !table.isLocked(code));
    return dice.shuffled(codes).slice(0, count);
  }

  #free(count: number): readonly string[] {
    const { table, dice } = this.#options;
    const found = new Map<string, string>();
    for (let tries = 0; tries < 20 && found.size < count; tries += 1) {
      const code = `${KEY_CANARY}${dice.pick([..."abcdABCD"])}${dice.between(0, 9)}${dice.pick(["", "", "a", "B"])}`;
      if (table.get(code) === undefined && !table.isLocked(code))
        found.set(table.collate(code), code);
    }
    return [...found.values()];
  }
}

function recased(code: string): string {
  const lower = code.toLowerCase();
  return lower === code ? code.toUpperCase() : lower;
}
