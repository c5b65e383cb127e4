import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSite, readPipelineState, runOnce } from "@qianzhi/agent";
import { createPlatform } from "@qianzhi/sandbox";
import { QianzhiError, type Adapter, type ResourceDescriptor } from "@qianzhi/sdk";
import { numbers } from "../world/numbers.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { siteConfig, type PipelineOptions } from "../world/site-config.ts";
import type { HistoryEngine } from "./engine.ts";

export type Mode = "cursor" | "diff" | "native";

/** The real agent over tables of an engine, each polled once, and the reference platform, in this process. */
export interface HistorySite extends AsyncDisposable {
  /** Runs the pipeline of a table once; fails when it does. Resolves with whether its horizon was exact. */
  poll(table: string): Promise<boolean>;
  /** What the platform has of a table when all is delivered, against the rows that are there and not gone. */
  differences(table: string): Promise<readonly string[]>;
}

export interface HistorySiteOptions {
  readonly engine: HistoryEngine;
  /** What reads, if not the engine's own adapter. */
  readonly adapter?: Adapter;
  readonly tables: readonly string[];
  readonly mode: Mode;
  readonly settleMs: number;
}

/** Where syncing a file costs nothing: what is tested here is what is read, not what survives. */
const MEMORY = "/dev/shm";

export async function historySite(options: HistorySiteOptions): Promise<HistorySite> {
  const { engine, adapter = engine.adapter, tables } = options;
  const directory = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "qianzhi-"));
  const world = realWorld();
  const platform = createPlatform({ world });
  const pipelines = tables.map((table, at) => pipelineOf(table, at, options));
  for (const { resource } of pipelines) {
    platform.catalog.publish(JSON.stringify(resource));
    platform.sites.grant("test-site", resource.identifier);
  }
  const site = await openSite({
    config: siteConfig({
      dataDirectory: join(directory, "data"),
      adapter,
      sourceOptions: engine.sourceOptions,
      pipelines,
    }),
    world,
    target: platformTarget(platform, "test-site"),
    lock: true,
  });
  const runners = new Map(
    [...site.runners.values()].map((runner) => [runner.config.resource.identifier, runner]),
  );
  const never = new AbortController().signal;
  setMaxListeners(0, never);
  const reports = await runOnce(site, [...runners.values()], { signal: never });
  for (const { error } of reports) assert.equal(error, undefined, String(error?.stack));
  const copyOf = (table: string): ReadonlyMap<number, number> =>
    new Map(
      platform.records(table, { limit: 1_000 }).records.map((text) => {
        const { id, value } = JSON.parse(text) as { id: number; value: number };
        return [id, value];
      }),
    );
  return {
    async poll(table) {
      const runner = runners.get(table)!;
      // What passes is tried again by the next poll, as the scheduler does.
      await runner.run(never).catch((error: unknown) => {
        if (!QianzhiError.is(error) || error.recovery !== "retry") throw error;
      });
      return readPipelineState(site.store, runner.config.name).horizon?.exact === true;
    },
    async differences(table) {
      await site.delivery.drain();
      const [source, copy] = [await engine.rows(table), copyOf(table)];
      return [...new Set([...source.keys(), ...copy.keys()])]
        .filter((id) => source.get(id) !== copy.get(id))
        .map((id) => `${table} row ${id}: ${source.get(id)} there, ${copy.get(id)} here`);
    },
    async [Symbol.asyncDispose]() {
      await site.close();
      platform.close();
      await rm(directory, { recursive: true });
    },
  };
}

function pipelineOf(
  table: string,
  at: number,
  { mode, settleMs }: HistorySiteOptions,
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
  numbers(identifier, `307050001/${100_000 + at}`);
