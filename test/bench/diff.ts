// What a comparison costs that finds nothing changed, beside reading the same rows and throwing them away. Arguments: URL of
// the database, rows, runs, folder, flags.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../architecture/workspace.ts";
import { fillTable } from "./fill-table.ts";
import { measure, programOf, spreadOf, startReceiver, type Measured } from "./measure.ts";
import { publishTo, writeSite } from "./site.ts";
import { database } from "./table.ts";

const [url = "", rowsText = "", runsText = "", folder = "", ...flags] = process.argv.slice(2);
const rows = Number(rowsText);
const place = mkdtempSync(join(folder, "diff-"));
await fillTable(url, rows);
const receiver = await startReceiver();
try {
  await publishTo(receiver.url, 1);
  const config = writeSite(place, {
    databaseUrl: url,
    platformUrl: receiver.url,
    tables: [`${database}.person`],
    mode: "diff",
  });
  const program = `${root}/agent/bin/qianzhi.js`;
  const compare = async (): Promise<Measured> => {
    const run = await measure([program, "run", "--once", "--json", "--config", config], place);
    const [pipeline] = run.output["pipelines"] as { read: number; unchanged: number }[];
    if (pipeline?.read !== rows) throw new Error(`${pipeline?.read} of ${rows} rows were read`);
    return run;
  };
  const load = await compare();
  const drains: Measured[] = [];
  const diffs: Measured[] = [];
  for (let run = 1; run <= Number(runsText); run += 1) {
    drains.push(await measure([programOf("drain"), url]));
    diffs.push(await compare());
  }
  const rate = (runs: readonly Measured[]) =>
    Math.round(spreadOf(runs.map(({ seconds }) => rows / seconds)).median);
  const result = {
    rows,
    drain: { rowsPerSecond: rate(drains) },
    load: { rowsPerSecond: rate([load]), peakRssMiB: load.peakRssMiB },
    diff: {
      rowsPerSecond: rate(diffs),
      cpuMicrosecondsPerRow: Number(
        ((spreadOf(diffs.map(({ cpuSeconds }) => cpuSeconds)).median / rows) * 1e6).toFixed(2),
      ),
      peakRssMiB: Math.max(...diffs.map(({ peakRssMiB }) => peakRssMiB)),
    },
  };
  process.stdout.write(
    flags.includes("--json")
      ? `${JSON.stringify(result)}\n`
      : `diff of ${rows} unchanged rows: ${result.diff.rowsPerSecond} rows/s (aim 120,000), ${result.diff.cpuMicrosecondsPerRow} µs CPU a row, peak ${result.diff.peakRssMiB} MiB; drain ${result.drain.rowsPerSecond} rows/s; first load ${result.load.rowsPerSecond} rows/s, peak ${result.load.peakRssMiB} MiB\n`,
  );
} finally {
  await receiver.stop();
  rmSync(place, { recursive: true, force: true });
}
