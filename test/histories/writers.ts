import { setTimeout as delay } from "node:timers/promises";
import type { Dice } from "../simulation/seeded-random.ts";
import type { HistoryEngine, TableLock, WriterSession } from "./engine.ts";
import type { SessionPool } from "./session-pool.ts";

/** How the rows of a table disappear: flagged with a stamp, or for good, which only a comparison sees. */
export type Deletion = "flag" | "remove";

/** How often the writers of a table are kept waiting: now and then by anything, or mostly by backups. */
export type Locks = "some" | "backups";

const chances = {
  some: { alter: 0.3, backup: 0.1 },
  backups: { alter: 0, backup: 0.5 },
} as const satisfies Record<Locks, Record<TableLock, number>>;

/** Ids that a session inserts lie in its own range, so that no two insert the same. */
const IDS_A_SESSION = 1_000;

/** What a session knows of the rows that it wrote; they may have been rolled back. */
export interface Ids {
  next: number;
  readonly mine: number[];
}

/** For the sessions that write a table at the same time. */
export const idsOfSessions = (): Ids[] =>
  Array.from({ length: 3 }, (_, session) => ({ next: 1 + session * IDS_A_SESSION, mine: [] }));

/** One table's worth of concurrent transactions. */
export interface Workload {
  readonly engine: HistoryEngine;
  readonly table: string;
  readonly deletion: Deletion;
  readonly dice: Dice;
  readonly transactions: number;
  readonly locks: Locks;
  readonly sessions: SessionPool;
  /** One entry for each session that writes at the same time. */
  readonly ids: readonly Ids[];
}

/** Runs the transactions of all sessions to their end, prepared ones decided. */
export async function write(workload: Workload): Promise<void> {
  const { dice, table, transactions, sessions } = workload;
  const { alter, backup } = chances[workload.locks];
  const blocked = Promise.all([
    dice.chance(alter) ? block(workload, "alter") : undefined,
    dice.chance(backup) ? block(workload, "backup") : undefined,
  ]);
  const writers = workload.ids.map(async (ids, session) => {
    const writer = await sessions.take();
    const decisions: Promise<void>[] = [];
    for (let at = 0; at < transactions; at += 1) {
      const prepareAs = dice.chance(0.1) ? `${table}_${session}_${ids.next}` : undefined;
      await transaction({ ...workload, writer, ids, prepareAs, decisions });
      await delay(dice.between(0, 80));
    }
    await Promise.all(decisions);
    await sessions.give(writer);
  });
  await Promise.all([...writers, blocked]);
}

async function block({ engine, table, dice }: Workload, lock: TableLock): Promise<void> {
  await delay(dice.between(50, 400));
  await engine.block(table, lock, () => delay(dice.between(100, 500))).catch(ignoreLocks);
}

/** Deadlocks and lock time-outs happen to every application. */
function ignoreLocks(error: unknown): void {
  if (!/deadlock|lock/i.test((error as Error).message)) throw error;
}

interface Turn extends Omit<Workload, "ids"> {
  readonly writer: WriterSession;
  readonly ids: Ids;
  readonly prepareAs: string | undefined;
  /** Transactions that are prepared, and decided later. */
  readonly decisions: Promise<void>[];
}

async function transaction(turn: Turn): Promise<void> {
  const { dice, writer, prepareAs, engine, decisions } = turn;
  const long = dice.chance(0.3);
  await writer.begin(prepareAs);
  try {
    // One that changed nothing could not be decided later.
    if (prepareAs !== undefined) await insert(turn);
    for (let left = dice.between(1, 3); left > 0; left -= 1) {
      if (dice.chance(0.3)) await delay(long ? dice.between(100, 500) : dice.between(0, 30));
      await change(turn);
    }
    await delay(long ? dice.between(100, 700) : dice.between(0, 40));
    if (prepareAs === undefined) await (dice.chance(0.2) ? writer.rollback() : writer.commit());
    else {
      await writer.prepare();
      const later = delay(dice.between(50, 600));
      decisions.push(later.then(() => engine.decide(prepareAs, dice.chance(0.8))));
    }
  } catch (error) {
    ignoreLocks(error);
    await writer.rollback();
  }
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
  if (known === undefined || dice.chance(0.5)) await insert(turn);
  else if (dice.chance(0.7)) await writer.update(table, known, someValue(dice));
  else if (deletion === "flag") await writer.flag(table, known);
  else await writer.remove(table, known);
}
