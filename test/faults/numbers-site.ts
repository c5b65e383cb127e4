import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import sqlite from "@qianzhi/adapter-sqlite";
import { openSite, runSite, type Site } from "@qianzhi/agent";
import { openDatabase, type Database, type OpenDatabase, type Statement } from "@qianzhi/exchange";
import { createPlatform, type Platform } from "@qianzhi/sandbox";
import { QianzhiError, type Target } from "@qianzhi/sdk";
import { numbers } from "../world/numbers.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { siteConfig, type PipelineOptions } from "../world/site-config.ts";

export const resource = numbers("number");

export interface NumbersOptions {
  readonly rows: number;
  readonly pipeline?: Partial<PipelineOptions>;
  /** Disk space for batches that wait. */
  readonly maxBytes?: number;
  /** Default: a folder of its own, in memory where there is such a place. */
  readonly data?: string;
}

/** A table `t` of numbers, the agent that reads it, and the reference platform, in one process. */
export interface NumbersSite {
  /** The agent's data directory. */
  readonly data: string;
  readonly legacy: Database;
  readonly platform: Platform;
  /** The agent's clocks: how much later each is than it would be. */
  readonly clock: { wallMs: number; monotonicMs: number };
  /** Whether SQLite can open no file, as for want of descriptors. */
  readonly files: { areOut: boolean };
  /** Whether the platform can be reached. */
  readonly network: { isDown: boolean };
  start(damage?: QianzhiError): Promise<Site>;
  /** Ends the site and leaves its files as a killed process does, the log beside its database. */
  die(site: Site): Promise<void>;
  /** Runs the site on its schedule for as long as `work` takes. */
  running<T>(site: Site, work: () => Promise<T>): Promise<T>;
  /** The platform's copy has the rows of the table and no other. */
  assertEqual(): void;
  readonly isEqual: () => boolean;
}

/** The pipeline polls every 50 ms in mode diff unless said. */
export async function numbersSite(
  context: TestContext,
  { rows, pipeline = {}, maxBytes, data: given }: NumbersOptions,
): Promise<NumbersSite> {
  const folder = await mkdtemp(
    join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "qianzhi-numbers-"),
  );
  const data = given ?? join(folder, "data");
  const legacy = await openDatabase(join(folder, "legacy.db"));
  legacy.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE t (id INTEGER PRIMARY KEY, value INTEGER, at DATETIME DEFAULT (datetime('now', '+8 hours')));
    CREATE INDEX t_at ON t (at, id);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO t SELECT i, i * 7, datetime('now', '+8 hours', '-1 hours') FROM n`);
  const real = realWorld();
  const clock = { wallMs: 0, monotonicMs: 0 };
  const world = {
    ...real,
    clock: {
      now: () => real.clock.now() + clock.wallMs,
      monotonic: () => real.clock.monotonic() + clock.monotonicMs,
    },
  };
  const platform = createPlatform({ world: real });
  platform.catalog.publish(JSON.stringify(resource));
  platform.sites.grant("test-site", "number");
  const config = siteConfig({
    dataDirectory: data,
    adapter: sqlite,
    sourceOptions: { path: join(folder, "legacy.db") },
    pipelines: [
      {
        resource,
        table: "t",
        columns: { id: "id", value: "value" },
        key: ["id"],
        ...(pipeline.schedule === undefined ? { everyMs: 50 } : {}),
        ...pipeline,
      },
    ],
  });
  const network = { isDown: false };
  const files = { areOut: false };
  let site: Site | undefined;
  context.after(async () => {
    await site?.close();
    platform.close();
    legacy.close();
    await rm(folder, { recursive: true });
  });
  return {
    data,
    legacy,
    platform,
    clock,
    network,
    files,
    async start(damage) {
      site = await openSite({
        config:
          maxBytes === undefined ? config : { ...config, outbox: { ...config.outbox, maxBytes } },
        world,
        target: reachable(platformTarget(platform, "test-site"), network),
        openDatabase: failing(files),
        lock: true,
        damage,
      });
      return site;
    },
    die: (site) => leaveAsKilled(data, site),
    async running(site, work) {
      const stop = new AbortController();
      const run = runSite(site, site.runners.values(), stop.signal);
      try {
        return await Promise.race([work(), run.then(() => assert.fail("it has come to rest"))]);
      } finally {
        stop.abort();
        await run.catch(() => undefined);
      }
    },
    isEqual: () => isDeepStrictEqual(copyOf(platform), rowsOf(legacy)),
    assertEqual: () => assert.deepEqual(copyOf(platform), rowsOf(legacy)),
  };
}

async function leaveAsKilled(data: string, site: Site): Promise<void> {
  const files = ["outbox.db", "outbox.db-wal"].map((name) => join(data, name));
  for (const path of files) await copyFile(path, `${path}.copy`);
  await site.close();
  // New files: of those that this process had open SQLite still knows what was in them.
  for (const path of [...files, join(data, "outbox.db-shm")]) await rm(path, { force: true });
  for (const path of files) await rename(`${path}.copy`, path);
}

/** Waits until it is so, and fails when it never is. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let look = 0; !isSo(); look += 1) {
    assert.ok(look < 6_000, what);
    await delay(10);
  }
}

const failing =
  (files: { readonly areOut: boolean }): OpenDatabase =>
  async (path, options) => {
    const database = await openDatabase(path, options);
    const or = <A extends readonly unknown[], T>(work: (...values: A) => T) => {
      return (...values: A): T => {
        // SQLITE_CANTOPEN
        if (files.areOut) throw Object.assign(new RangeError("unable to open"), { errcode: 14 });
        return work(...values);
      };
    };
    return {
      exec: or((sql) => database.exec(sql)),
      prepare<R>(sql: string): Statement<R> {
        const { run, get, all, iterate } = bound(database.prepare<R>(sql));
        return { run: or(run), get: or(get), all: or(all), iterate: or(iterate) };
      },
      close: () => database.close(),
    };
  };

const bound = <R>(statement: Statement<R>): Statement<R> => ({
  run: (...values) => statement.run(...values),
  get: (...values) => statement.get(...values),
  all: (...values) => statement.all(...values),
  iterate: (...values) => statement.iterate(...values),
});

function reachable(target: Target, network: { readonly isDown: boolean }): Target {
  const check = (): void => {
    if (network.isDown) throw new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: "nowhere" });
  };
  return {
    ...target,
    async capabilities(signal) {
      check();
      return target.capabilities(signal);
    },
    async position(stream, signal) {
      check();
      return target.position?.(stream, signal);
    },
    async deliver(batch, signal) {
      check();
      return target.deliver(batch, signal);
    },
  };
}

const rowsOf = (legacy: Database): readonly string[] =>
  legacy
    .prepare<{ id: number; value: number }>("SELECT id, value FROM t")
    .all()
    .map(({ id, value }) => JSON.stringify({ id, value }))
    .sort();

function copyOf(platform: Platform): readonly string[] {
  const copy: string[] = [];
  for (let after: string | null = null; ;) {
    const page = platform.records("number", { limit: 1_000, ...(after === null ? {} : { after }) });
    copy.push(...page.records);
    after = page.next;
    if (after === null) return copy.sort();
  }
}
