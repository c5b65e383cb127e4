import type { Horizon, SettleReason } from "@qianzhi/sdk";
import { earliest, less, wallClock } from "./wall-clock.ts";

/*
 * The horizon lies at or below every stamp that is taken and not yet visible. At the source's clock b such a stamp
 * belongs to a statement that runs (it took its stamp and may wait before the engine knows of it), to an open
 * transaction that has written, or to a prepared one. The dialect lists them, statements first, after it has read b.
 *
 * Some sources say since when a transaction may have taken stamps; where they do not, two polls tell. A transaction
 * that the poll before did not list had written nothing then, so what it wrote is stamped at or after that poll's
 * clock; unless its session was listed with a statement, whose bound it keeps. A session keeps its bound until it is
 * seen without anything that holds, or in another transaction.
 */

/** A running statement, an open or a prepared transaction. Times are texts of a `datetime` in the session's zone. */
export interface Holder {
  /** The session, by a name that no other has; absent for a transaction that has outlived its session. */
  readonly session?: string;
  /** The transaction, where it can be told from another one of the same session, a later one or one beside it. */
  readonly transaction?: string;
  /** It holds no older stamp. Absent when the source cannot tell. */
  readonly since?: string;
  /** When it began, as the source says: shown to people, and a hint at a first poll. */
  readonly began: string;
  /** Who it is, in the source's words and without the text of any statement. */
  readonly words: string;
}

/** What a source tells of its sessions. */
export interface Activity {
  /** The source's clock, read before anything was listed. */
  readonly clock: string;
  /** A stamp may be taken this long before the source lists who took it. */
  readonly marginMs?: number;
  readonly holders: readonly Holder[];
  /** Why the list may lack somebody. */
  readonly doubt?: { readonly because: SettleReason; readonly grant?: string };
}

/** What a poll leaves to the next one; survives JSON. */
export interface HorizonMemory {
  readonly clock: string;
  /** At or below every stamp that was not visible then. */
  readonly bound: string;
  readonly held: readonly Held[];
}

/** What is remembered of a session, or of a transaction that outlived it. */
export interface Held {
  readonly session?: string;
  readonly transaction?: string;
  readonly bound: string;
  /** The bound is a settle time before the first poll, and no more than that. */
  readonly guessed?: boolean;
}

/** What an earlier poll left, if it is of this form: a pipeline may have had another kind of cursor then. */
export function horizonMemory(value: unknown): HorizonMemory | undefined {
  const memory = value as Partial<HorizonMemory> | null | undefined;
  return typeof memory?.clock === "string" && Array.isArray(memory.held)
    ? (memory as HorizonMemory)
    : undefined;
}

/** A bound on the source's clock, before it is put into the form of a column. */
export interface Bound extends Omit<Horizon, "below"> {
  readonly bound: string;
  readonly memory: HorizonMemory | undefined;
}

/**
 * The bound of one poll, and what the next one must know. A list that may lack somebody yields the settle time, or less
 * where it shows somebody older, and leaves the memory as it was: the next poll goes on from the last whole list.
 */
export function horizonBound(
  activity: Activity,
  previous: HorizonMemory | undefined,
  settleMs: number,
): Bound {
  const clock = wallClock(activity.clock);
  const settled = less(clock, settleMs);
  const held = activity.holders.map((holder) => ({
    holder,
    ...heldBy(holder, previous, { clock, settled }),
  }));
  const floor = less(clock, activity.marginMs ?? 0);
  const bound = earliest(floor, ...held.map((each) => each.bound));
  const oldest = held
    .toSorted((one, other) => (one.bound < other.bound ? -1 : 1))
    .find((each) => each.bound < clock)?.holder;
  const known =
    oldest === undefined
      ? {}
      : { heldBy: { session: oldest.words, since: wallClock(oldest.began) } };
  if (activity.doubt !== undefined)
    return {
      bound: earliest(settled, bound),
      exact: false,
      ...activity.doubt,
      ...known,
      memory: previous,
    };
  const memory = { clock, bound, held: bySession(held) };
  return held.some(({ guessed }) => guessed === true)
    ? { bound, exact: false, because: "first-poll", ...known, memory }
    : { bound, exact: true, ...known, memory };
}

function heldBy(
  { session, transaction, since, began }: Holder,
  previous: HorizonMemory | undefined,
  { clock, settled }: { readonly clock: string; readonly settled: string },
): Held {
  const who = {
    ...(session === undefined ? {} : { session }),
    ...(transaction === undefined ? {} : { transaction }),
  };
  if (since !== undefined) return { ...who, bound: wallClock(since) };
  if (previous === undefined)
    return { ...who, bound: earliest(settled, wallClock(began)), guessed: true };
  const before = previous.held.find((each) => isSame(each, { session, transaction }));
  if (before !== undefined)
    return { ...who, bound: before.bound, ...(before.guessed === true ? { guessed: true } : {}) };
  // A clock that was set back is below the one before.
  if (session !== undefined) return { ...who, bound: earliest(clock, previous.clock) };
  // Whose session is gone may have been any of those listed then.
  const guessed = previous.held.some((each) => each.guessed === true);
  return { ...who, bound: previous.bound, ...(guessed ? { guessed } : {}) };
}

function isSame(
  before: Held,
  { session, transaction }: { session: string | undefined; transaction: string | undefined },
): boolean {
  if (transaction !== undefined && before.transaction !== undefined)
    return before.transaction === transaction;
  return session !== undefined && before.session === session;
}

/**
 * One entry a transaction, or a session without one, with the least of its bounds: a session's statement now may be what its
 * transaction next time began with, and a session may have a transaction within another.
 */
function bySession(held: readonly Held[]): readonly Held[] {
  const entries = new Map<string, Held>();
  for (const { session, transaction } of held) {
    const isOf = (each: Held) =>
      each.session === session &&
      (each.transaction === transaction ||
        (session !== undefined && each.transaction === undefined));
    const own = held.filter(isOf);
    const inTransaction = held.some(
      (each) => session !== undefined && each.session === session && each.transaction !== undefined,
    );
    if (transaction === undefined && inTransaction) continue;
    const [first, ...others] = own.map(({ bound }) => bound);
    entries.set(JSON.stringify([session, transaction]), {
      ...(session === undefined ? {} : { session }),
      ...(transaction === undefined ? {} : { transaction }),
      bound: earliest(first!, ...others),
      ...(own.some(({ guessed }) => guessed === true) ? { guessed: true } : {}),
    });
  }
  return [...entries.values()];
}
