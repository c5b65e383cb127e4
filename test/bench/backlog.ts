// What a backlog costs: an agent is killed with many batches waiting and started again. How long until the platform has the
// next of them, and the first that is sealed after the start, by a pipeline beside; how fast it goes on; and how long
// `status` takes meanwhile. The same with ten. Arguments: URL of the database, batches, runs, folder, flags.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, openStore, Outbox, type OpenDatabase } from "@qianzhi/exchange";
import mysql from "mysql2/promise";
import { root } from "../architecture/workspace.ts";
import { realWorld } from "../world/real-world.ts";
import { spreadOf, startReceiver, usageOf } from "./measure.ts";
import { pause } from "./running-agent.ts";
import { publishTo, writeSite } from "./site.ts";
import { createSmallTables } from "./small-tables.ts";

const [url = "", batchesText = "", runsText = "", folder = "", ...flags] = process.argv.slice(2);
const [batches, runs] = [Number(batchesText), Number(runsText)];
const few = 10;
const program = `${root}/agent/bin/qianzhi.js`;
/** Delivery is watched for this long at most. */
const WATCHED_MS = 10_000;
const LOOK_MS = 5;

interface Backlog {
  readonly waiting: number;
  /** From the start of the process. */
  readonly firstBatchMs: number;
  readonly firstSealedMs: number;
  /** What the agent has used by the first of them. */
  readonly firstCpuMs: number;
  readonly batchesPerSecond: number;
  readonly statusMs: number;
}

const { tables } = await createSmallTables(url, 2);
const connection = await mysql.createConnection({ uri: url });
try {
  const small = await measured(few);
  const large = await measured(batches);
  const result = { small, large };
  process.stdout.write(
    flags.includes("--json")
      ? `${JSON.stringify(result)}\n`
      : `${[small, large].map(textOf).join("\n")}\n`,
  );
} finally {
  await connection.end();
}

function textOf(each: Backlog): string {
  const {
    waiting,
    firstBatchMs,
    firstSealedMs,
    firstCpuMs,
    batchesPerSecond,
    statusMs: status,
  } = each;
  return `${waiting} batches waiting: the next is at the platform ${Math.round(firstBatchMs)} ms after the start (${Math.round(firstCpuMs)} ms of CPU), the first sealed since after ${firstSealedMs} ms (aim 2000); ${Math.round(batchesPerSecond)} batches/s; status ${Math.round(status)} ms`;
}

async function measured(waiting: number): Promise<Backlog> {
  const place = mkdtempSync(join(folder, "backlog-"));
  const receiver = await startReceiver();
  try {
    await publishTo(receiver.url, 2);
    const config = writeSite(place, {
      databaseUrl: url,
      platformUrl: receiver.url,
      tables,
      every: "1s",
    });
    await fill(join(place, "data"), waiting);
    const status: number[] = [];
    for (let run = 0; run < runs; run += 1) status.push(await statusMs(config));
    const first = start(config);
    await until(async () => (await totals(receiver.url)).batches > 0);
    first.kill("SIGKILL");
    await once(first, "exit");
    await connection.query(`UPDATE ${tables[1]} SET bz = ?, gxsj = NOW(3) WHERE id = 1`, [
      `mark-${waiting}`,
    ]);
    const before = await totals(receiver.url);
    const startedAt = Date.now();
    const agent = start(config);
    const firstBatchMs = await until(
      async () => (await totals(receiver.url)).batches > before.batches,
    );
    const firstCpuMs = (usageOf(agent.pid ?? 0)?.cpuSeconds ?? 0) * 1_000;
    const rate = await rateOf(receiver.url, waiting);
    let markedAt: number | undefined;
    await until(
      async () => (markedAt = (await marks(receiver.url))[`mark-${waiting}`]) !== undefined,
    );
    agent.kill("SIGKILL");
    await once(agent, "exit");
    return {
      waiting,
      firstBatchMs,
      firstSealedMs: (markedAt ?? Infinity) - startedAt,
      firstCpuMs,
      batchesPerSecond: rate,
      statusMs: spreadOf(status).median,
    };
  } finally {
    await receiver.stop();
    rmSync(place, { recursive: true, force: true });
  }
}

/** Seals so many batches of the first pipeline, without waiting for the disk at each. */
async function fill(directory: string, count: number): Promise<void> {
  const hasty: OpenDatabase = async (path, options) => {
    const database = await openDatabase(path, options);
    return {
      exec: (sql) =>
        database.exec(sql === "PRAGMA synchronous = FULL" ? "PRAGMA synchronous = OFF" : sql),
      prepare: (sql) => database.prepare(sql),
      close: () => database.close(),
    };
  };
  const store = await openStore({ directory, world: realWorld(), openDatabase: hasty });
  const outbox = new Outbox(store);
  const stream = { site: "bench", pipeline: "persons_0", resource: "natural_person_0" };
  for (let id = 1; id <= count; id += 1)
    await outbox.seal({
      stream,
      version: "1.0.0",
      key: ["id"],
      deletes: [],
      upserts: [JSON.stringify({ id: 1_000_000 + id, remark: "积压" })],
      sourceKeys: `[[${1_000_000 + id}]]`,
    });
  store.close();
}

function start(config: string) {
  return spawn(process.execPath, [program, "run", "--config", config], { stdio: "ignore" });
}

async function statusMs(config: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program, "status", "--json", "--config", config], {
    stdio: "ignore",
  });
  await once(child, "exit");
  return performance.now() - startedAt;
}

interface Totals {
  readonly batches: number;
  readonly records: number;
}

async function totals(receiver: string): Promise<Totals> {
  return (await (await fetch(`${receiver}/bench`)).json()) as Totals;
}

async function marks(receiver: string): Promise<Readonly<Record<string, number>>> {
  return (await (await fetch(`${receiver}/marks`)).json()) as Record<string, number>;
}

/** Batches a second from now on, until all have come or it was watched for long enough. */
async function rateOf(receiver: string, all: number): Promise<number> {
  const from = await totals(receiver);
  const startedAt = performance.now();
  let last = from;
  await until(async () => {
    last = await totals(receiver);
    return last.batches >= all || performance.now() - startedAt > WATCHED_MS;
  });
  return ((last.batches - from.batches) * 1_000) / (performance.now() - startedAt);
}

/** Milliseconds until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > 120_000) throw new Error("it does not come to pass");
    await pause(LOOK_MS);
  }
  return performance.now() - startedAt;
}
