import { setTimeout as delay } from "node:timers/promises";
import type { Dice } from "../simulation/seeded-random.ts";
import type { SessionPool } from "./session-pool.ts";
import { ignoreLocks, write, type Story, type Workload } from "./writers.ts";

/** When a backup begins, from when on all writers wait for it, and until a poll looks for itself. */
const BACKUP_AFTER_MS = 400;
const WAITING_MS = 300;
const LOOK_MS = 550;

export interface Act extends Omit<Workload, keyof Story | "isHasty" | "polled" | "sessions"> {
  readonly stories: readonly Story[];
  readonly sessions: SessionPool;
  readonly dice: Dice;
  poll(table: string): Promise<void>;
}

/** Writes some tables at once and polls them meanwhile, close to each other, since they share one look at the horizon. */
export async function act({ stories, dice, poll, ...workload }: Act): Promise<void> {
  const { engine, weather, pace, sessions } = workload;
  await sessions.ready(stories.flatMap(({ ids }) => ids).length);
  let writing = true;
  let isHasty = weather.hasty ?? weather.backup ?? false;
  const waiting: (() => void)[] = [];
  const round = async (): Promise<void> => {
    const waited = waiting.splice(0);
    await Promise.all(dice.shuffled(stories).map(({ table }) => poll(table)));
    for (const goOn of waited) goOn();
  };
  /** All are polled while everybody waits, and again when some of those have committed and others have not. */
  const backUp = async (): Promise<void> => {
    await delay(BACKUP_AFTER_MS);
    const locked = async (): Promise<void> => {
      isHasty = false;
      await delay(WAITING_MS);
      await Promise.all([round(), delay(LOOK_MS)]);
    };
    const tables = stories.map(({ table }) => table);
    await engine.block(tables, "backup", locked).catch(ignoreLocks);
    await delay(pace.briefMs);
  };
  const polling = async (): Promise<void> => {
    if (weather.backup) await backUp();
    while (writing)
      await Promise.all([
        round(),
        delay(dice.between(pace.polls.shortestMs, pace.polls.longestMs)),
      ]);
  };
  const writers = Promise.all(
    stories.map((story) =>
      write({
        ...workload,
        ...story,
        isHasty: () => isHasty,
        polled: () => new Promise<void>((resolve) => void waiting.push(resolve)),
      }),
    ),
  ).finally(() => (writing = false));
  await Promise.all([writers, weather.watched && engine.watch ? engine.watch(polling) : polling()]);
}
