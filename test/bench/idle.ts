// What an agent costs that has nothing to do: 200 pipelines over tables that do not change, after their first load.
// Arguments: URL of the database, (rows, runs: not used), folder, flags; --every=10s says how often each polls.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startReceiver, usageOf } from "./measure.ts";
import { arrived, pause, startAgent } from "./running-agent.ts";
import { publishTo, writeSite } from "./site.ts";
import { createSmallTables } from "./small-tables.ts";

const pipelines = 200;
const settleMs = 30_000;
const measureMs = 60_000;

const [url = "", , , folder = "", ...flags] = process.argv.slice(2);
const every = flags.find((flag) => flag.startsWith("--every="))?.slice("--every=".length) ?? "10s";
const place = mkdtempSync(join(folder, "idle-"));
const { tables, rows } = await createSmallTables(url, pipelines);
const receiver = await startReceiver();
await publishTo(receiver.url, pipelines);
const agent = startAgent(
  writeSite(place, { databaseUrl: url, platformUrl: receiver.url, tables, every }),
);
try {
  await arrived(receiver.url, pipelines * rows);
  await pause(settleMs);
  const before = usageOf(agent.pid);
  await pause(measureMs);
  const after = usageOf(agent.pid);
  await agent.stop();
  if (!before || !after) throw new Error("this system does not tell what a process used");
  const percentOfCore = Number(
    (((after.cpuSeconds - before.cpuSeconds) / (measureMs / 1_000)) * 100).toFixed(1),
  );
  const result = { pipelines, every, percentOfCore, peakRssMiB: after.peakRssMiB };
  process.stdout.write(
    flags.includes("--json")
      ? `${JSON.stringify(result)}\n`
      : `idle, ${pipelines} pipelines every ${every}: ${percentOfCore}% of one core (aim 2), peak ${after.peakRssMiB} MiB\n`,
  );
} finally {
  await agent.stop().catch(() => undefined);
  await receiver.stop();
  rmSync(place, { recursive: true, force: true });
}
