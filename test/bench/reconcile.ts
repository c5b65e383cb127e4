// What a reconciliation costs: of equal copies, and with 100 differences spread at random, against the reference platform in
// a process of its own, each byte of the way between counted. Arguments: URL of the database, rows, runs, folder, flags.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { root } from "../architecture/workspace.ts";
import { fillTable } from "./fill-table.ts";
import { measure, spreadOf } from "./measure.ts";
import { writeSite } from "./site.ts";
import { database } from "./table.ts";

const [url = "", rowsText = "", runsText = "", folder = "", ...flags] = process.argv.slice(2);
const rows = Number(rowsText);
const differing = 100;
const program = `${root}/agent/bin/qianzhi.js`;
const place = mkdtempSync(join(folder, "reconcile-"));
const traffic = { bytes: 0 };

interface Reconciliation {
  readonly rowsPerSecond: number;
  /** Of the whole process, its start included. */
  readonly cpuMicrosecondsPerRow: number;
  readonly megabytes: number;
  readonly peakRssMiB: number;
  readonly scans: number;
  readonly repaired: number;
}

await fillTable(url, rows);
const proxy = createServer((socket) => {
  const onward = connect(platformPort, "127.0.0.1");
  for (const [from, to] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    from.on("data", (chunk) => (traffic.bytes += chunk.length));
    from.on("error", () => to.destroy());
    from.pipe(to);
  }
});
await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
const platformUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
const config = writeSite(place, { databaseUrl: url, platformUrl, tables: [`${database}.person`] });
const words = ["sandbox", "--port", "0", "--json", "--directory", join(place, "platform")];
const sandbox = spawn(process.execPath, [program, ...words, "--config", config], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [line] = (await once(sandbox.stdout.setEncoding("utf8"), "data")) as [string];
const platformPort = Number(new URL((JSON.parse(line) as { url: string }).url).port);
const connection = await mysql.createConnection({ uri: url, database });
try {
  await measure([program, "run", "--once", "--json", "--config", config], place);
  const equal: Reconciliation[] = [];
  for (let run = 1; run <= Number(runsText); run += 1) equal.push(await reconcile());
  const different = await withDifferences(reconcile);
  if (equal.some(({ repaired }) => repaired > 0) || different.repaired !== differing)
    throw new Error(`not as it was changed: ${JSON.stringify({ equal, different })}`);
  print(equal, different);
} finally {
  await connection.end();
  sandbox.kill("SIGTERM");
  await once(sandbox, "close");
  proxy.close();
  rmSync(place, { recursive: true, force: true });
}

async function reconcile(): Promise<Reconciliation> {
  traffic.bytes = 0;
  const run = await measure([program, "reconcile", "--json", "--config", config], place);
  const [pipeline] = run.output["pipelines"] as {
    rows: number;
    seconds: number;
    scans: number;
    repaired: Record<string, number>;
  }[];
  if (pipeline?.rows !== rows) throw new Error(`${pipeline?.rows} of ${rows} rows were read`);
  return {
    rowsPerSecond: Math.round(rows / pipeline.seconds),
    cpuMicrosecondsPerRow: Number(((run.cpuSeconds / rows) * 1e6).toFixed(1)),
    megabytes: Number((traffic.bytes / 1e6).toFixed(2)),
    peakRssMiB: run.peakRssMiB,
    scans: pipeline.scans,
    repaired: Object.values(pipeline.repaired).reduce((sum, count) => sum + count, 0),
  };
}

/** Rows are changed behind the agent's back, their stamps left as they are, and changed back in the end. */
async function withDifferences<T>(work: () => Promise<T>): Promise<T> {
  const [before] = await connection.query<mysql.RowDataPacket[]>(
    `SELECT id, bz FROM person ORDER BY RAND(7) LIMIT ${differing}`,
  );
  const set = async (bz: (row: mysql.RowDataPacket) => unknown): Promise<void> => {
    for (const row of before)
      await connection.execute("UPDATE person SET bz = ? WHERE id = ?", [bz(row), row["id"]]);
  };
  await set(() => "改");
  try {
    return await work();
  } finally {
    await set((row) => row["bz"]);
  }
}

function print(equal: readonly Reconciliation[], different: Reconciliation): void {
  const rate = Math.round(spreadOf(equal.map(({ rowsPerSecond }) => rowsPerSecond)).median);
  const result = { rows, equal: { ...equal[0], rowsPerSecond: rate }, different };
  process.stdout.write(
    flags.includes("--json")
      ? `${JSON.stringify(result)}\n`
      : `${rows} equal rows: ${rate} rows/s (aim 100,000), ${equal[0]?.cpuMicrosecondsPerRow} µs CPU a row, ${equal[0]?.megabytes} MB (aim 4), peak ${equal[0]?.peakRssMiB} MiB; with ${differing} differences: ${different.megabytes} MB (aim 8), ${different.scans} scans, ${different.rowsPerSecond} rows/s, peak ${different.peakRssMiB} MiB\n`,
  );
}
