import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { describe, test } from "node:test";
import type { Adapter } from "@qianzhi/sdk";
import type { HistoryEngine } from "./engine.ts";
import { historySite, type Mode } from "./history-site.ts";
import { runHistories, type HistoriesOptions } from "./run-histories.ts";

export interface HistoryServer {
  readonly name: string;
  /** The environment variable with the server's address. */
  readonly variable: string;
  /** Sites that run at once: those of one server hold each other's horizon unless it tells databases apart. */
  readonly atOnce: number;
  open(url: string): Promise<HistoryEngine>;
}

/** Histories by change column, comparison and feed. */
interface Counts {
  readonly cursor: number;
  readonly diff: number;
  readonly native?: number;
}

/** Histories of one test: a long run that is broken off has told what it has seen. */
const SLICE = 240;

/** Declares that so many histories on this server end with equal copies. */
export function testHistories(server: HistoryServer, counts: Counts, seed: string): void {
  onServer(server, (open) => {
    const declare = (name: string, mode: Mode, count: number | undefined) => {
      for (let from = 0; from < (count ?? 0); from += SLICE)
        slice(from === 0 ? name : `${name}, from history ${from} on`, {
          seed: from === 0 ? seed : `${seed} ${from}`,
          mode,
          count: Math.min(SLICE, (count ?? 0) - from),
        });
    };
    const slice = (name: string, options: Pick<HistoriesOptions, "seed" | "mode" | "count">) => {
      test(name, async (context) => {
        if (options.mode === "native") {
          await using engine = await open();
          if (engine.feed === undefined) return context.skip("this version has no feed");
        }
        const { histories, polls, exact, differences } = await runHistories({
          ...options,
          open,
          atOnce: server.atOnce,
        });
        context.diagnostic(`${histories} histories, ${exact} of ${polls} polls exact`);
        assert.deepEqual({ ...options, differences }, { ...options, differences: [] });
        if (options.mode === "cursor")
          assert.ok(exact > polls / 2, "the horizon was hardly ever exact");
      });
    };
    declare(
      "a poll by a change column misses nothing, though transactions commit late",
      "cursor",
      counts.cursor,
    );
    declare("a comparison equals the source after each quiet poll", "diff", counts.diff);
    declare("a poll by the native feed misses no change and no deletion", "native", counts.native);
  });
}

/** Declares that a late commit arrives, and would not without the horizon: the histories would find it. */
export function testLateCommit(server: HistoryServer): void {
  onServer(server, (open) => {
    test("a row that commits long after its stamp arrives, and is lost by a settle time alone", async () => {
      await using engine = await open();
      const { adapter } = engine;
      const [seen, lost] = await Promise.all([
        lateCommit(engine, adapter, "seen"),
        lateCommit(engine, settleAlone(adapter), "lost"),
      ]);
      assert.deepEqual(seen, []);
      assert.match(lost.join(), /^lost row 1: 11 there, undefined here$/);
    });
  });
}

function onServer(
  { name, variable, open }: HistoryServer,
  declare: (open: () => Promise<HistoryEngine>) => void,
): void {
  const url = process.env[variable];
  const skip = url === undefined ? `${variable} names no server` : false;
  describe(`concurrent transactions on ${name}`, { skip }, () => declare(() => open(url ?? "")));
}

/** The adapter as it would be if its source could not tell what is uncommitted. */
const settleAlone = (adapter: Adapter): Adapter => ({
  ...adapter,
  async open(options, host) {
    const { horizon: _, ...source } = await adapter.open(options, host);
    return source;
  },
});

/** One transaction is open while a later one commits, longer than the settle time. */
async function lateCommit(
  engine: HistoryEngine,
  adapter: Adapter,
  table: string,
): Promise<readonly string[]> {
  await engine.createTable(table, engine.stampTypes[0]!);
  try {
    await using site = await historySite({
      engine,
      adapter,
      tables: [table],
      mode: "cursor",
      settleMs: 300,
    });
    const [late, early] = [await engine.session(), await engine.session()];
    await late.begin();
    await late.insert(table, 1, 11);
    await delay(100);
    await early.begin();
    await early.insert(table, 2, 22);
    await early.commit();
    for (let polls = 0; polls < 3; polls += 1) {
      await delay(800);
      await site.poll(table);
    }
    await late.commit();
    for (let polls = 0; polls < 3; polls += 1) {
      await delay(800);
      await site.poll(table);
    }
    await Promise.all([late.end(), early.end()]);
    return await site.differences(table);
  } finally {
    await engine.dropTable(table);
  }
}
