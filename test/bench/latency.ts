// From a commit in the source to its arrival at the platform: 50 pipelines on a one-second schedule, ten changes a second.
// Arguments: URL of the database, (rows, runs: not used), folder, flags.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { spreadOf, startReceiver } from "./measure.ts";
import { arrived, pause, startAgent } from "./running-agent.ts";
import { publishTo, writeSite } from "./site.ts";
import { createSmallTables } from "./small-tables.ts";

const pipelines = 50;
const changes = 600;
const betweenMs = 100;

const [url = "", , , folder = "", ...flags] = process.argv.slice(2);
const place = mkdtempSync(join(folder, "latency-"));
const { tables, rows } = await createSmallTables(url, pipelines);
const receiver = await startReceiver();
await publishTo(receiver.url, pipelines);
const agent = startAgent(
  writeSite(place, { databaseUrl: url, platformUrl: receiver.url, tables, every: "1s" }),
);
try {
  await arrived(receiver.url, pipelines * rows);
  const sentAt = await change();
  const marks = await marksWhen(sentAt.size);
  const waits = [...sentAt]
    .map(([mark, at]) => (marks[mark] ?? Infinity) - at)
    .sort((a, b) => a - b);
  const p95Ms = waits[Math.floor(waits.length * 0.95)] ?? Infinity;
  const { median: medianMs, most: mostMs } = spreadOf(waits);
  const stopSeconds = await agent.stop();
  const result = { pipelines, changes, medianMs, p95Ms, mostMs, stopSeconds };
  process.stdout.write(
    flags.includes("--json")
      ? `${JSON.stringify(result)}\n`
      : `change → platform, ${pipelines} pipelines every second: median ${medianMs} ms, p95 ${p95Ms} ms (aim 2000), most ${mostMs} ms\n`,
  );
} finally {
  await agent.stop().catch(() => undefined);
  await receiver.stop();
  rmSync(place, { recursive: true, force: true });
}

/** Changes one row after another, each with a mark of its own. Resolves with the time of each commit. */
async function change(): Promise<ReadonlyMap<string, number>> {
  const connection = await mysql.createConnection({ uri: url });
  const sentAt = new Map<string, number>();
  for (let index = 0; index < changes; index += 1) {
    const mark = `mark-${index}`;
    const table = tables[index % tables.length] ?? "";
    const id = 1 + (Math.floor(index / tables.length) % rows);
    await connection.query(`UPDATE ${table} SET bz = ?, gxsj = NOW(3) WHERE id = ?`, [mark, id]);
    sentAt.set(mark, Date.now());
    await pause(betweenMs);
  }
  await connection.end();
  return sentAt;
}

/** When each mark first arrived, once all have, or after half a minute without the missing ones. */
async function marksWhen(wanted: number): Promise<Readonly<Record<string, number>>> {
  for (let attempt = 0; ; attempt += 1) {
    const marks = (await (await fetch(`${receiver.url}/marks`)).json()) as Record<string, number>;
    if (Object.keys(marks).length >= wanted || attempt > 60) return marks;
    await pause(500);
  }
}
