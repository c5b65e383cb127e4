// The product's whole path into the tables of a front-end database, beside the same rows over HTTP, in turn: source and
// tables on one server. Arguments: URL of the database, rows, runs, folder, then flags.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { root } from "../architecture/workspace.ts";
import { fillTable } from "./fill-table.ts";
import { measure, spreadOf, startReceiver, type Measured } from "./measure.ts";
import { publishTo, writeSite } from "./site.ts";
import { database } from "./table.ts";

const [url = "", rowsText = "", runsText = "", folder = "", ...flags] = process.argv.slice(2);
const rows = Number(rowsText);
const runs = Number(runsText);
const json = flags.includes("--json");
const tell = (line: string): void =>
  void (json ? process.stderr : process.stdout).write(`${line}\n`);
const program = `${root}/agent/bin/qianzhi.js`;
const targetDatabase = `${database}_front_end`;

const { hostname: host, port, username: user, password } = new URL(url);
const admin = await createConnection({
  host,
  port: Number(port),
  user,
  password,
  multipleStatements: true,
});
await fillTable(url, rows);
tell(`Node ${process.versions.node}, ${rows} rows × 13 columns, median of ${runs} runs`);

const rates: Record<string, number[]> = { http: [], tables: [] };
for (let run = 1; run <= runs; run += 1) {
  for (const [kind, work] of Object.entries({ http: overHttp, tables: intoTables })) {
    const { seconds, peakRssMiB, cpuSeconds } = await inPlace(work);
    rates[kind]?.push(rows / seconds);
    tell(
      `  run ${run}  ${kind.padEnd(6)} ${rateText(rows / seconds)} rows/s, ${((cpuSeconds / rows) * 1e6).toFixed(1)} µs CPU a row, ${peakRssMiB} MiB`,
    );
  }
}
await admin.query(`DROP DATABASE IF EXISTS ${targetDatabase}`);
await admin.end();
const result = Object.fromEntries(
  Object.entries(rates).map(([kind, each]) => [kind, Math.round(spreadOf(each).median)]),
);
if (json) process.stdout.write(`${JSON.stringify({ rows, rowsPerSecond: result })}\n`);
else
  for (const [kind, rate] of Object.entries(result))
    tell(`${kind.padEnd(6)} ${rateText(rate)} rows/s`);

async function inPlace(work: (place: string) => Promise<Measured>): Promise<Measured> {
  const place = mkdtempSync(join(folder, "run-"));
  try {
    return await work(place);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function overHttp(place: string): Promise<Measured> {
  const receiver = await startReceiver();
  try {
    await publishTo(receiver.url, 1);
    return await measure(onceWith(siteIn(place, { platformUrl: receiver.url })), place);
  } finally {
    await receiver.stop();
  }
}

async function intoTables(place: string): Promise<Measured> {
  await admin.query(
    `DROP DATABASE IF EXISTS ${targetDatabase}; CREATE DATABASE ${targetDatabase} CHARACTER SET utf8mb4; USE ${targetDatabase}`,
  );
  const options = {
    engine: "mysql",
    host,
    port: Number(port),
    user,
    database: targetDatabase,
    dataSource: "p50",
    resources: { natural_person_0: { columns: { id: "person_id" } } },
  };
  const config = siteIn(place, {
    target: { kind: "exchange-tables", options: { ...options, password: { file: "./password" } } },
  });
  const { output } = await measure([program, "target", "ddl", "--json", "--config", config], place);
  await admin.query(String(output["ddl"]));
  const measured = await measure(onceWith(config), place);
  const [found] = await admin.query("SELECT count(*) AS n FROM up_natural_person_0");
  const [{ n } = { n: 0 }] = found as { n: number }[];
  if (n !== rows)
    throw new Error(`${n} of ${rows} rows arrived: ${JSON.stringify(measured.output)}`);
  return measured;
}

function onceWith(config: string): readonly string[] {
  return [program, "run", "--once", "--json", "--config", config];
}

function siteIn(
  place: string,
  where: { readonly platformUrl: string } | { readonly target: unknown },
): string {
  return writeSite(place, { databaseUrl: url, tables: [`${database}.person`], ...where });
}

function rateText(value: number): string {
  return Math.round(value).toLocaleString("en").padStart(9);
}
