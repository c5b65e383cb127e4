import { setTimeout as delay } from "node:timers/promises";
import { dice } from "../simulation/seeded-random.ts";
import { act } from "./act.ts";
import type { HistoryEngine, Pace } from "./engine.ts";
import { historySite, type HistorySite, type Mode } from "./history-site.ts";
import { sessionPool } from "./session-pool.ts";
import { seasons, weathers, type Weather } from "./weather.ts";
import { idsOfSessions } from "./writers.ts";

export interface HistoriesOptions {
  /** Opens an engine for each of the sites that run at once. */
  readonly open: () => Promise<HistoryEngine>;
  readonly atOnce: number;
  readonly seed: string;
  readonly mode: Mode;
  readonly count: number;
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

/** Of histories that need no horizon, and so no transaction that is open for long. */
const fast: Pace = {
  sideBySide: 12,
  actMs: 800,
  briefMs: 40,
  long: { shortestMs: 60, longestMs: 300 },
  preparedMs: 100,
  pauseMs: 250,
  polls: { shortestMs: 60, longestMs: 300 },
};
const horizonless: readonly Weather[] = [weathers.mixed];
/** Tables of one site, one after the other: opening it costs more than a history. */
const TABLES_A_SITE = 30;
const ACTS = 2;
/** Longer than any transaction here, so that a poll that is not exact loses nothing either. */
const SETTLE_MS = 10_000;

/** Histories of concurrent transactions, read by the real agent while they happen, and compared when they have ended. */
export async function runHistories(options: HistoriesOptions): Promise<Outcome> {
  const { count, mode, open } = options;
  // A slot waits for every transaction of the server.
  const atOnce = mode === "native" ? 1 : options.atOnce;
  const outcomes: Outcome[] = [];
  let begun = 0;
  const lane = async (): Promise<void> => {
    await using engine = await open();
    for (let first = begun; first < count; first = begun) {
      begun += TABLES_A_SITE;
      outcomes.push(
        await runSite({ ...options, engine }, first, Math.min(TABLES_A_SITE, count - first)),
      );
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(atOnce, Math.ceil(count / TABLES_A_SITE)) }, lane),
  );
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, each) => total + of(each), 0);
  return {
    histories: sum(({ histories }) => histories),
    polls: sum(({ polls }) => polls),
    exact: sum(({ exact }) => exact),
    differences: outcomes.flatMap(({ differences }) => differences),
  };
}

interface SiteOptions extends Pick<HistoriesOptions, "seed" | "mode"> {
  readonly engine: HistoryEngine;
}

async function runSite(
  { engine, mode, seed }: SiteOptions,
  first: number,
  count: number,
): Promise<Outcome> {
  const pace = mode === "cursor" ? engine.pace : fast;
  const random = dice(`${seed} ${engine.name} ${mode} ${first}`);
  const tables = Array.from({ length: count }, (_, at) => `${mode}_${first + at}`);
  for (const table of tables) {
    await engine.createTable(table, random.pick(engine.stampTypes));
    if (mode === "native") await engine.feed?.(table);
  }
  const counted = { polls: 0, exact: 0 };
  const differences: string[] = [];
  const coming = seasons(random, mode === "cursor" ? engine.weathers : horizonless);
  {
    await using sessions = sessionPool(engine, random);
    await using site = await historySite({ engine, tables, mode, settleMs: SETTLE_MS });
    const poll = async (table: string): Promise<void> => {
      const isExact = await site.poll(table);
      counted.exact += Number(isExact);
      counted.polls += 1;
    };
    const deletion = mode === "cursor" ? "flag" : "remove";
    const scene = { engine, deletion, pace, sessions, dice: random, poll } as const;
    for (let from = 0; from < count; from += pace.sideBySide) {
      const stories = tables.slice(from, from + pace.sideBySide).map((table) => ({
        table,
        dice: dice(`${seed} ${engine.name} ${table}`),
        ids: idsOfSessions(),
      }));
      for (let acts = 0; acts < ACTS; acts += 1) {
        await act({ ...scene, stories, weather: coming.next().value });
        const found = stories.map(({ table }) => differencesWhenQuiet(mode, site, table, poll));
        differences.push(...(await Promise.all(found)).flat());
      }
    }
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
