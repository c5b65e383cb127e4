import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlite from "@qianzhi/adapter-sqlite";
import {
  openSite,
  runOnce,
  writePipelineState,
  type PipelineReport,
  type Site,
} from "@qianzhi/agent";
import { openDatabase, type Database } from "@qianzhi/exchange";
import { createPlatform, type Platform } from "@qianzhi/sandbox";
import type { Adapter, ResourceDescriptor } from "@qianzhi/sdk";
import { backUp } from "./back-up.ts";
import { copyFiles, makeDirectory } from "./data-directory.ts";
import { platformTarget } from "./platform-target.ts";
import { realWorld } from "./real-world.ts";
import { siteConfig, type PipelineOptions } from "./site-config.ts";

/** A SQLite database, a site that reads it and the reference platform, in one process. */
export interface LegacySite {
  readonly database: Database;
  readonly platform: Platform;
  readonly site: Site;
  /** Every batch that left, as text. */
  readonly sent: readonly string[];
  /** Runs the pipeline once; fails when it fails, unless `expected` names the error. */
  run(expected?: string): Promise<PipelineReport>;
  /** The platform's copy. */
  records(): readonly Readonly<Record<string, unknown>>[];
  /** Stops the agent and starts it with another configuration of the pipeline. */
  reconfigure(change: Partial<PipelineOptions>): Promise<void>;
  /** Stops the agent and starts it with an empty data directory. */
  loseData(): Promise<void>;
  /** Stops the agent and copies its data directory; the answer stops it and puts that copy in its place. */
  backUpData(): Promise<() => Promise<void>>;
  /** Lets the site hear nothing from the platform's catalog. */
  hideCatalog(hidden: boolean): void;
  /** Copies what the platform holds; the answer puts it back. */
  backUpPlatform(): () => void;
  /** Lets so many deletions pass the guard, as `qianzhi approve` does. */
  approve(deletes: number): void;
  /** Lets time pass for the agent. */
  passMs(ms: number): void;
  close(): Promise<void>;
}

export async function legacySite(
  schema: string,
  pipeline: Omit<PipelineOptions, "resource">,
  resource: ResourceDescriptor,
  adapter: Adapter = sqlite,
): Promise<LegacySite> {
  const directory = await mkdtemp(join(tmpdir(), "qianzhi-"));
  const database = await openDatabase(join(directory, "legacy.db"));
  database.exec(`PRAGMA journal_mode = WAL; ${schema}`);
  let passed = 0;
  const real = realWorld();
  const clock = {
    now: () => real.clock.now() + passed,
    monotonic: () => real.clock.monotonic() + passed,
  };
  const world = { ...real, clock };
  const platformData = await openDatabase(":memory:");
  const platform = createPlatform({ world, database: platformData });
  platform.catalog.publish(JSON.stringify(resource));
  platform.sites.grant("test-site", resource.identifier);
  const sent: string[] = [];
  let catalogHidden = false;
  const watched: Platform = {
    ...platform,
    catalog: {
      ...platform.catalog,
      entry: (...names) => (catalogHidden ? undefined : platform.catalog.entry(...names)),
    },
    ingest(bytes) {
      sent.push(Buffer.from(bytes).toString("utf8"));
      return platform.ingest(bytes);
    },
  };
  let options: PipelineOptions = { ...pipeline, resource };
  const dataDirectory = join(directory, "data");
  makeDirectory(dataDirectory);
  const open = (): Promise<Site> =>
    openSite({
      config: siteConfig({
        dataDirectory,
        adapter,
        sourceOptions: { path: join(directory, "legacy.db") },
        pipelines: [options],
      }),
      world,
      target: platformTarget(watched, "test-site"),
      lock: true,
    });
  let site = await open();
  let copies = 0;
  const stopped = async (work: () => Promise<void>): Promise<void> => {
    await site.close();
    await work();
    site = await open();
  };
  return {
    database,
    platform,
    sent,
    get site() {
      return site;
    },
    async run(expected) {
      const [report] = await runOnce(site, [...site.runners.values()], {
        signal: new AbortController().signal,
      });
      assert.ok(report);
      assert.equal(report.error?.code, expected, report.error?.stack);
      return report;
    },
    records: () =>
      platform
        .records(resource.identifier, { limit: 1000 })
        .records.map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>),
    reconfigure: (change) =>
      stopped(async () => {
        options = { ...options, ...change };
      }),
    loseData: () =>
      stopped(async () => {
        await rm(dataDirectory, { recursive: true });
        makeDirectory(dataDirectory);
      }),
    async backUpData() {
      copies += 1;
      const copy = `${dataDirectory}-${copies}`;
      // At once: SQLite removes its own files whenever the runtime lets go of the last statement.
      await stopped(async () => copyFiles(dataDirectory, copy));
      return () =>
        stopped(async () => {
          await rm(dataDirectory, { recursive: true });
          makeDirectory(dataDirectory);
          copyFiles(copy, dataDirectory);
        });
    },
    hideCatalog(hidden) {
      catalogHidden = hidden;
    },
    backUpPlatform: () => backUp(platformData),
    approve: (deletes) =>
      writePipelineState(site.store, resource.identifier, { approvedDeletes: deletes }),
    passMs(ms) {
      passed += ms;
    },
    async close() {
      await site.close();
      platform.close();
      database.close();
      await rm(directory, { recursive: true });
    },
  };
}
