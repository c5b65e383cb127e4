import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openSite, readPipelineState, runOnce, type Site } from "@qianzhi/agent";
import { createPlatform, type Platform } from "@qianzhi/sandbox";
import { defineResource, type Adapter, type ResourceDescriptor } from "@qianzhi/sdk";
import { dice } from "../simulation/seeded-random.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { siteConfig, type PipelineOptions } from "../world/site-config.ts";
import type { HistoryEngine } from "./engine.ts";
import { idsOfSessions, write } from "./writers.ts";

export interface HistoriesOptions {
  readonly engine: HistoryEngine;
  /** What reads: the engine's own adapter, or one that is worse. */
  readonly adapter?: Adapter;
  readonly seed: string;
  readonly mode: "cursor" | "diff";
  readonly count: number;
  readonly settleMs: number;
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

/** Where syncing a file costs nothing: what is tested here is what is read, not what survives. */
const MEMORY = "/dev/shm";

/** Tables whose histories run side by side. */
const SIDE_BY_SIDE = 20;

/** Histories of concurrent transactions, read by the real agent while they happen, and compared when they have ended. */
export async function runHistories(options: HistoriesOptions): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (let first = 0; first < options.count; first += SIDE_BY_SIDE)
    outcomes.push(await runBatch(options, first, Math.min(SIDE_BY_SIDE, options.count - first)));
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, each) => total + of(each), 0);
  return {
    histories: sum(({ histories }) => histories),
    polls: sum(({ polls }) => polls),
    exact: sum(({ exact }) => exact),
    differences: outcomes.flatMap(({ differences }) => differences),
  };
}

async function runBatch(options: HistoriesOptions, first: number, count: number): Promise<Outcome> {
  const { engine, adapter = engine.adapter, mode, settleMs, seed } = options;
  const tables = Array.from({ length: count }, (_, at) => `${mode}_${first + at}`);
  const random = dice(`${seed} ${engine.name} ${mode} ${first}`);
  for (const table of tables) await engine.createTable(table, random.pick(engine.stampTypes));
  const directory = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "qianzhi-"));
  const world = realWorld();
  const platform = createPlatform({ world });
  const pipelines = tables.map((table, at) => pipelineOf(table, at, { mode, settleMs }));
  for (const { resource } of pipelines) {
    platform.catalog.publish(JSON.stringify(resource));
    platform.sites.grant("test-site", resource.identifier);
  }
  const { sourceOptions } = engine;
  const site = await openSite({
    config: siteConfig({
      dataDirectory: join(directory, "data"),
      adapter,
      sourceOptions,
      pipelines,
    }),
    world,
    target: platformTarget(platform, "test-site"),
    lock: true,
  });
  const sessions = new Map(tables.map((table) => [table, idsOfSessions()]));
  const counted = { polls: 0, exact: 0 };
  const differences: string[] = [];
  try {
    await poll(site, counted);
    for (let act = 1; act <= 2; act += 1) {
      let writing = true;
      const writers = Promise.all(
        tables.map((table) =>
          write({
            engine,
            table,
            dice: dice(`${seed} ${engine.name} ${table} ${act}`),
            deletion: mode === "cursor" ? "flag" : "remove",
            transactions: 3,
            sessions: sessions.get(table)!,
          }),
        ),
      ).finally(() => (writing = false));
      while (writing) await Promise.all([poll(site, counted), delay(random.between(20, 150))]);
      await writers;
      await poll(site, counted);
      for (const table of tables)
        differences.push(...(await differencesOf(engine, platform, table)));
    }
  } finally {
    await site.close();
    platform.close();
    await rm(directory, { recursive: true });
    for (const table of tables) await engine.dropTable(table);
  }
  return { histories: count, ...counted, differences };
}

async function poll(site: Site, counted: { polls: number; exact: number }): Promise<void> {
  const runners = [...site.runners.values()];
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const reports = await runOnce(site, runners, { signal });
  for (const { error } of reports) assert.equal(error, undefined, String(error?.stack));
  counted.polls += runners.length;
  for (const { config } of runners)
    if (readPipelineState(site.store.database, config.name).horizon?.exact === true)
      counted.exact += 1;
}

/** What the platform has, against the rows that are there and not gone. */
async function differencesOf(
  engine: HistoryEngine,
  platform: Platform,
  table: string,
): Promise<string[]> {
  const source = await engine.rows(table);
  const copy = new Map(
    platform.records(table, { limit: 1_000 }).records.map((text) => {
      const { id, value } = JSON.parse(text) as { id: number; value: number };
      return [id, value];
    }),
  );
  return [...new Set([...source.keys(), ...copy.keys()])]
    .filter((id) => source.get(id) !== copy.get(id))
    .map(
      (id) => `${engine.name} ${table} row ${id}: ${source.get(id)} there, ${copy.get(id)} here`,
    );
}

function pipelineOf(
  table: string,
  at: number,
  { mode, settleMs }: Pick<HistoriesOptions, "mode" | "settleMs">,
): PipelineOptions {
  return {
    resource: resourceOf(table, at),
    table,
    mode,
    columns: { id: "id", value: "value" },
    key: ["id"],
    settleMs,
    pageRows: 4,
    ...(mode === "cursor" ? { cursor: "at", deletedWhen: "gone = 1" } : {}),
  };
}

const resourceOf = (identifier: string, at: number): ResourceDescriptor =>
  defineResource({
    apiVersion: "qianzhi/v1",
    kind: "Resource",
    code: `307050001/${100_000 + at}`,
    identifier,
    name: "并发历史",
    version: "1.0.0",
    provider: { name: "示例局", code: "11500000MB0000019F" },
    share: { type: "unconditional" },
    updateCycle: "realtime",
    key: ["id"],
    items: [
      { identifier: "id", name: "编号", type: "integer" },
      { identifier: "value", name: "值", type: "integer" },
    ],
  });
