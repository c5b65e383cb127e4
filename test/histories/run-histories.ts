import { setTimeout as delay } from "node:timers/promises";
import { dice } from "../simulation/seeded-random.ts";
import type { HistoryEngine } from "./engine.ts";
import { historySite, type HistorySite, type Mode } from "./history-site.ts";
import { sessionPool } from "./session-pool.ts";
import { idsOfSessions, write, type Locks } from "./writers.ts";

export interface HistoriesOptions {
  readonly engine: HistoryEngine;
  readonly seed: string;
  readonly mode: Mode;
  readonly count: number;
  /** What else happens to the tables; "some" of everything when absent. */
  readonly locks?: Locks;
}

/** What came of some histories. */
export interface Outcome {
  readonly histories: number;
  readonly polls: number;
  /** Polls whose horizon was exact. */
  readonly exact: number;
  /** Each difference between a table and the platform's copy once all was quiet. */
  readonly differences: readonly string[];
}

/**
 * Tables whose histories run side by side, and the pauses between polls. A transaction that is open in one of them holds
 * the horizon of all: where a backup keeps statements waiting they are few, so that the backup alone holds it.
 */
const paces = {
  some: { sideBySide: 12, pause: { shortestMs: 100, longestMs: 700 } },
  backups: { sideBySide: 4, pause: { shortestMs: 10, longestMs: 100 } },
} as const satisfies Record<Locks, unknown>;
/** Tables of one site, one after the other: opening it costs more than a history. */
const TABLES_A_SITE = 60;
const ACTS = 2;
/** Longer than any transaction here, so that a poll that is not exact loses nothing either. */
const SETTLE_MS = 10_000;

/** Histories of concurrent transactions, read by the real agent while they happen, and compared when they have ended. */
export async function runHistories(options: HistoriesOptions): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (let first = 0; first < options.count; first += TABLES_A_SITE)
    outcomes.push(await runSite(options, first, Math.min(TABLES_A_SITE, options.count - first)));
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, each) => total + of(each), 0);
  return {
    histories: sum(({ histories }) => histories),
    polls: sum(({ polls }) => polls),
    exact: sum(({ exact }) => exact),
    differences: outcomes.flatMap(({ differences }) => differences),
  };
}

async function runSite(options: HistoriesOptions, first: number, count: number): Promise<Outcome> {
  const { engine, mode, seed, locks = "some" } = options;
  const random = dice(`${seed} ${engine.name} ${mode} ${locks} ${first}`);
  const tables = Array.from({ length: count }, (_, at) => `${mode}_${first + at}`);
  for (const table of tables) {
    await engine.createTable(table, random.pick(engine.stampTypes));
    if (mode === "native") await engine.feed?.(table);
  }
  const counted = { polls: 0, exact: 0 };
  const differences: string[] = [];
  {
    await using sessions = sessionPool(engine, random);
    await using site = await historySite({ engine, tables, mode, settleMs: SETTLE_MS });
    const poll = async (table: string): Promise<void> => {
      const isExact = await site.poll(table);
      counted.exact += Number(isExact);
      counted.polls += 1;
    };
    const history = async (table: string): Promise<void> => {
      const ids = idsOfSessions();
      for (let act = 1; act <= ACTS; act += 1) {
        let writing = true;
        const writers = write({
          engine,
          table,
          dice: dice(`${seed} ${engine.name} ${table} ${locks} ${act}`),
          deletion: mode === "cursor" ? "flag" : "remove",
          transactions: 3,
          locks,
          sessions,
          ids,
        }).finally(() => (writing = false));
        const { shortestMs, longestMs } = paces[locks].pause;
        while (writing)
          await Promise.all([poll(table), delay(random.between(shortestMs, longestMs))]);
        await writers;
        differences.push(...(await differencesWhenQuiet(mode, site, table, poll)));
      }
    };
    const waiting = [...tables];
    const lane = async (): Promise<void> => {
      for (let table = waiting.shift(); table !== undefined; table = waiting.shift())
        await history(table);
    };
    await Promise.all(Array.from({ length: paces[locks].sideBySide }, lane));
  }
  for (const table of tables) await engine.dropTable(table);
  return { histories: count, ...counted, differences };
}

/** How long a change may wait for the horizon to pass it, or for its stretch to be read again. */
const PATIENCE_MS = 6_000;
const PAUSE_MS = 600;

/** A comparison shows everything at once; a poll by a change column may need a few. What was missed never comes. */
async function differencesWhenQuiet(
  mode: Mode,
  site: HistorySite,
  table: string,
  poll: (table: string) => Promise<void>,
): Promise<readonly string[]> {
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    await poll(table);
    const found = await site.differences(table);
    if (found.length === 0 || mode === "diff" || waitedMs >= PATIENCE_MS) return found;
    await delay(PAUSE_MS);
  }
}
