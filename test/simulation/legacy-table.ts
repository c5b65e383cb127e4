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
  /** Takes the row's lock before it is written. */
  lock(code: string): void;
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
  readonly #isLive: (row: LegacyRow) => boolean;
  readonly #weights: ReadonlyMap<string, string>;
  #rows = new Map<string, LegacyRow>();
  #liveSince = new Map<string, number>();
  #locks = new Set<string>();
  /** Versions that were replaced, with the time when. */
  readonly #past: { readonly row: LegacyRow; readonly until: number }[] = [];
  #emptySince: number | undefined;
  /** Codes that changed, in the order of commits. */
  readonly #changed: string[] = [];
  #changesFrom = 0;

  /** `isLive`: which rows the pipeline shares. */
  constructor(queue: EventQueue, dice: Dice, isLive: (row: LegacyRow) => boolean) {
    this.#queue = queue;
    this.#isLive = isLive;
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

  isLive(row: LegacyRow): boolean {
    return this.#isLive(row);
  }

  /** Whether a live row of exactly this code has been there without a break since before that time. */
  isLiveSince(code: string, time: number): boolean {
    return (this.#liveSince.get(code) ?? Infinity) < time;
  }

  /** Whether the row of exactly this code was such a one at any moment since that time. */
  wasSince(code: string, time: number, isSuch: (row: LegacyRow) => boolean): boolean {
    const current = this.get(code);
    if (current?.code === code && isSuch(current)) return true;
    return this.#past.some(({ row, until }) => until >= time && row.code === code && isSuch(row));
  }

  /** Since when there has been no live row. */
  get emptySince(): number | undefined {
    return this.#emptySince;
  }

  /** Codes that changed after so many changes, at most `limit`; undefined when that is not kept any more. */
  changedAfter(changes: number, limit: number): readonly string[] | undefined {
    return changes < this.#changesFrom ? undefined : this.#changed.slice(changes, changes + limit);
  }

  get changes(): number {
    return this.#changed.length;
  }

  /** What changed until now is not kept any more. */
  forgetChanges(): void {
    this.#changesFrom = this.#changed.length;
  }

  isLocked(code: string): boolean {
    return this.#locks.has(this.collate(code));
  }

  begin(): Transaction {
    const writes = new Map<string, LegacyRow | undefined>();
    const locked = new Set<string>();
    const lock = (code: string): string => {
      const key = this.collate(code);
      locked.add(key);
      this.#locks.add(key);
      return key;
    };
    const write = (code: string, row: LegacyRow | undefined): void =>
      void writes.set(lock(code), row);
    const end = (): void => {
      for (const key of locked) this.#locks.delete(key);
    };
    return {
      lock,
      put: (row) => write(row.code, row),
      remove: (code) => write(code, undefined),
      rollback: end,
      commit: () => {
        for (const [key, row] of writes) this.#apply(key, row);
        this.#emptySince =
          this.#liveSince.size > 0 ? undefined : (this.#emptySince ?? this.#queue.now);
        end();
      },
    };
  }

  #apply(key: string, row: LegacyRow | undefined): void {
    const before = this.#rows.get(key);
    this.#changed.push(...new Set([before?.code, row?.code].filter((code) => code !== undefined)));
    if (before !== undefined) this.#past.push({ row: before, until: this.#queue.now });
    const live = row !== undefined && this.#isLive(row);
    if (before !== undefined && !(live && before.code === row.code))
      this.#liveSince.delete(before.code);
    if (live && !this.#liveSince.has(row.code)) this.#liveSince.set(row.code, this.#queue.now);
    if (row === undefined) this.#rows.delete(key);
    else this.#rows.set(key, row);
  }
}
