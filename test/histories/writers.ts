import { setTimeout as delay } from "node:timers/promises";
import type { Dice } from "../simulation/seeded-random.ts";
import type { HistoryEngine, Pace, WriterSession } from "./engine.ts";
import type { SessionPool } from "./session-pool.ts";
import type { Long, Weather } from "./weather.ts";

/** How the rows of a table disappear: flagged with a stamp, or for good, which only a comparison sees. */
export type Deletion = "flag" | "remove";

/** Ids that a session inserts lie in its own range, so that no two insert the same. */
const IDS_A_SESSION = 1_000;
const SESSIONS = 3;

/** What a session knows of the rows that it wrote; they may have been rolled back. */
export interface Ids {
  next: number;
  readonly mine: number[];
}

/** For the sessions that write a table at the same time. */
export const idsOfSessions = (): Ids[] =>
  Array.from({ length: SESSIONS }, (_, session) => ({
    next: 1 + session * IDS_A_SESSION,
    mine: [],
  }));

/** One table's, from act to act. */
export interface Story {
  readonly table: string;
  readonly dice: Dice;
  /** One entry for each session that writes at the same time. */
  readonly ids: readonly Ids[];
}

/** One act of a table: what its sessions do at the same time. */
export interface Workload extends Story {
  readonly engine: HistoryEngine;
  readonly deletion: Deletion;
  readonly pace: Pace;
  readonly weather: Weather;
  /** Whether a transaction that begins now commits at once, unless it is a long one. */
  readonly isHasty: () => boolean;
  /** Resolves when a poll of all tables that begins from now on has ended. */
  readonly polled: () => Promise<void>;
  readonly sessions: SessionPool;
}

/** Runs the transactions of all sessions to their end, prepared ones decided. */
export async function write(workload: Workload): Promise<void> {
  const { dice, weather, sessions, pace } = workload;
  const locked = weather.quarrels === true && dice.chance(0.3) ? lockTable(workload) : undefined;
  const writers = workload.ids.map(async (ids, session) => {
    const writer = await sessions.take();
    const decisions: Promise<void>[] = [];
    const endsAt = performance.now() + pace.actMs;
    const leftMs = () => endsAt - performance.now();
    while (leftMs() > 0) {
      await delay(dice.between(0, pace.pauseMs));
      await transaction({ ...workload, writer, ids, session, decisions, leftMs: leftMs() });
    }
    await Promise.all(decisions);
    await sessions.give(writer);
  });
  await Promise.all([...writers, locked]);
}

async function lockTable({ engine, table, dice, pace }: Workload): Promise<void> {
  await delay(dice.between(0, pace.actMs / 2));
  await engine.block([table], "alter", () => delay(dice.between(100, 500))).catch(ignoreLocks);
}

/** Deadlocks and lock time-outs happen to every application. */
export function ignoreLocks(error: unknown): void {
  if (!/deadlock|lock/i.test((error as Error).message)) throw error;
}

interface Turn extends Omit<Workload, "ids" | "sessions"> {
  readonly writer: WriterSession;
  readonly session: number;
  readonly ids: Ids;
  /** Of the act. */
  readonly leftMs: number;
  /** Transactions that are prepared, and decided later. */
  readonly decisions: Promise<void>[];
}

/** Of the transactions; the others are over before the next poll, mostly. */
const LONG = 0.4;

async function transaction(turn: Turn): Promise<void> {
  const { dice, writer, engine, decisions, pace, ids, leftMs } = turn;
  const { long } = turn.weather;
  const isLong = long.length > 0 && leftMs > pace.long.shortestMs && dice.chance(LONG);
  const kind = isLong ? dice.pick(long) : "brief";
  const { lastsMs, isPolled } = duration(turn, kind);
  const lasts = async (ms: number): Promise<void> => {
    await delay(ms);
    if (isPolled) await turn.polled();
  };
  const prepareAs = kind === "prepared" ? `${turn.table}_${turn.session}_${ids.next}` : undefined;
  await writer.begin(prepareAs);
  try {
    if (kind === "thinks") await lasts(lastsMs);
    // One that changed nothing could not be decided later.
    if (prepareAs !== undefined) await insert(turn);
    for (let left = dice.between(1, 3); left > 0; left -= 1) await change(turn);
    if (prepareAs === undefined) {
      if (kind !== "thinks") await lasts(lastsMs);
      if (dice.chance(0.2)) await change(turn);
      return await (dice.chance(0.15) ? writer.rollback() : writer.commit());
    }
    const preparedMs = Math.min(lastsMs, dice.between(0, pace.preparedMs));
    await delay(preparedMs);
    await writer.prepare();
    const later = lasts(lastsMs - preparedMs);
    decisions.push(later.then(() => engine.decide(prepareAs, dice.chance(0.85))));
  } catch (error) {
    ignoreLocks(error);
    await writer.rollback();
  }
}

/** Some stay open until all tables were polled, however long that takes on a busy machine. */
function duration(
  { dice, weather, pace, isHasty }: Turn,
  kind: Long | "brief",
): { readonly lastsMs: number; readonly isPolled: boolean } {
  if (kind !== "brief")
    return {
      lastsMs: dice.between(pace.long.shortestMs, pace.long.longestMs),
      isPolled: dice.chance(0.5),
    };
  if (isHasty()) return { lastsMs: 0, isPolled: false };
  return {
    lastsMs: dice.between(0, pace.briefMs),
    isPolled: weather.backup === true && dice.chance(0.5),
  };
}

const someValue = (dice: Dice): number => dice.between(1, 1_000_000);

async function insert({ table, writer, dice, ids }: Turn): Promise<void> {
  const id = ids.next;
  ids.next += 1;
  await writer.insert(table, id, someValue(dice));
  ids.mine.push(id);
}

async function change(turn: Turn): Promise<void> {
  const { table, writer, dice, ids, deletion } = turn;
  const known = ids.mine.length > 0 ? dice.pick(ids.mine) : undefined;
  if (known === undefined || dice.chance(0.75)) await insert(turn);
  else if (dice.chance(0.7)) await writer.update(table, known, someValue(dice));
  else if (deletion === "flag") await writer.flag(table, known);
  else await writer.remove(table, known);
}
