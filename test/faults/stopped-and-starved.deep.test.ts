import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { faultSite, type FaultSite } from "./fault-site.ts";
import { createTables, pipelines, resources, startWriters } from "./legacy-writers.ts";
import { assertHealed } from "./processes-and-networks.ts";

const STOPPED_MS = 180_000;
const STARVED_MS = 90_000;
const WRITER_PAUSE_MS = 50;

const parts = {
  agent: ({ agent }: FaultSite) => agent.pid,
  platform: ({ platform }: FaultSite) => platform.pid,
  database: ({ mariadb }: FaultSite) => mariadb.pid,
};

for (const [name, pidOf] of Object.entries(parts))
  test(`I1, I9: the ${name} is stopped for minutes while the source goes on`, async (context) => {
    const site = await faultSite(resources, pipelines);
    if ("missing" in site) return context.skip(site.missing);
    await using _ = site;
    await createTables(site);
    await site.agent.start();
    const writers = startWriters(site, name, WRITER_PAUSE_MS);
    const pid = pidOf(site);
    await delay(5_000);
    process.kill(pid!, "SIGSTOP");
    await delay(STOPPED_MS);
    process.kill(pid!, "SIGCONT");
    await delay(5_000);
    await writers.stop();
    await assertHealed(site);
  });

const prlimit = "/usr/bin/prlimit";
const skip = existsSync(prlimit) ? false : "there is no prlimit here";

test(
  "I1, I9: an agent that may open no file and no connection any more goes on when it may again",
  { skip },
  async (context) => {
    const site = await faultSite(resources, pipelines);
    if ("missing" in site) return context.skip(site.missing);
    await using _ = site;
    await createTables(site);
    await site.agent.start();
    const writers = startWriters(site, "starved", WRITER_PAUSE_MS);
    await delay(5_000);
    const { pid } = site.agent;
    const limit = (files: number): void =>
      void execFileSync(prlimit, [`--pid=${pid}`, `--nofile=${files}:`]);
    const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
    const before = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
    const files = readdirSync(`/proc/${pid}/fd`).length;
    // What it has open it keeps, until the networks take that, too.
    limit(files);
    for (let passedMs = 0; passedMs < STARVED_MS; passedMs += 10_000) {
      site.toPlatform.cut();
      site.toDatabase.cut();
      limit(Math.max(20, readdirSync(`/proc/${pid}/fd`).length - 2));
      await delay(10_000);
    }
    limit(before);
    await delay(20_000);
    await writers.stop();
    await assertHealed(site);
  },
);
