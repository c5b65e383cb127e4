import type { EventQueue } from "./event-queue.ts";
import type { Dice } from "./seeded-random.ts";

/** A row of the legacy table. `secret` is mapped to an item that is never shared, `inner` is mapped to nothing. */
export interface LegacyRow {
  readonly code: string;
  readonly name: string | null;
  readonly amount: string | null;
  readonly shown: 0 | 1;
  readonly gone: 0 | 1;
  /** The change column: set when a statement starts. */
  readonly changed: string | null;
  readonly secret: string;
  readonly inner: string;
}

/** Writes that become visible all at once when they are committed, or never. Rows written are locked meanwhile. */
export interface Transaction {
  put(row: LegacyRow): void;
  remove(code: string): void;
  commit(): void;
  rollback(): void;
}

const ALPHABET = "abcd0123456789";

/**
 * A table under snapshot reads and row locks, whose key compares by a collation of its own: without regard to case, and
 * letters in an order that is not that of their bytes. Keys that compare equal never stand side by side.
 */
export class LegacyTable {
  readonly #queue: EventQueue;
  readonly #weights: ReadonlyMap<string, string>;
  #rows = new Map<string, LegacyRow>();
  #presentSince = new Map<string, number>();
  #locks = new Set<string>();
  #emptySince: number | undefined;

  constructor(queue: EventQueue, dice: Dice) {
    this.#queue = queue;
    this.#emptySince = queue.now;
    const order = dice.shuffled([...ALPHABET]);
    this.#weights = new Map(
      order.map((letter, place) => [letter, String.fromCharCode(0x41 + place)]),
    );
  }

  /** Two codes are equal to the table when their collated forms are, and ordered as these are. */
  collate(code: string): string {
    return [...code.toLowerCase()].map((letter) => this.#weights.get(letter) ?? letter).join("");
  }

  /** The committed rows now, in no order that means anything. */
  rows(): readonly LegacyRow[] {
    return [...this.#rows.values()];
  }

  get(code: string): LegacyRow | undefined {
    return this.#rows.get(this.collate(code));
  }

  /** Whether exactly this code has been there without a break since that time. */
  presentSince(code: string, time: number): boolean {
    return (this.#presentSince.get(code) ?? Infinity) <= time;
  }

  /** Since when the table has been empty. */
  get emptySince(): number | undefined {
    return this.#emptySince;
  }

  isLocked(code: string): boolean {
    return this.#locks.has(this.collate(code));
  }

  begin(): Transaction {
    const writes = new Map<string, LegacyRow | undefined>();
    const write = (code: string, row: LegacyRow | undefined): void => {
      const key = this.collate(code);
      writes.set(key, row);
      this.#locks.add(key);
    };
    const end = (): void => {
      for (const key of writes.keys()) this.#locks.delete(key);
    };
    return {
      put: (row) => write(row.code, row),
      remove: (code) => write(code, undefined),
      rollback: end,
      commit: () => {
        for (const [key, row] of writes) this.#apply(key, row);
        this.#emptySince = this.#rows.size > 0 ? undefined : (this.#emptySince ?? this.#queue.now);
        end();
      },
    };
  }

  #apply(key: string, row: LegacyRow | undefined): void {
    const before = this.#rows.get(key);
    if (before !== undefined && before.code !== row?.code) this.#presentSince.delete(before.code);
    if (row === undefined) {
      this.#rows.delete(key);
      return;
    }
    if (before?.code !== row.code) this.#presentSince.set(row.code, this.#queue.now);
    this.#rows.set(key, row);
  }
}
