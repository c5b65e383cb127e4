// One run of the benchmark: reading alone, the prototype and the product, each in processes of its own, in turn, so that
// a machine whose speed drifts treats them alike. Arguments: URL of the database, rows, runs, folder, then flags.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../architecture/workspace.ts";
import { fillTable } from "./fill-table.ts";
import {
  measure,
  programOf,
  spreadOf,
  startReceiver,
  type Measured,
  type Spread,
} from "./measure.ts";
import { publishTo, writeSite } from "./site.ts";
import { database } from "./table.ts";

const [url = "", rowsText = "", runsText = "", folder = "", ...flags] = process.argv.slice(2);
const rows = Number(rowsText);
const runs = Number(runsText);
const json = flags.includes("--json");
const only = flags
  .find((flag) => flag.startsWith("--only="))
  ?.slice("--only=".length)
  .split(",");
let bytesPerRow = 0;
const tell = (line: string): void =>
  void (json ? process.stderr : process.stdout).write(`${line}\n`);

interface Result {
  readonly rowsPerSecond: Spread;
  readonly peakRssMiB: number;
  readonly cpuMicrosecondsPerRow: number;
}

const kinds = {
  drain: () => measure([programOf("drain"), url]),
  prototype: () =>
    withReceiver((platform, place) => measure([programOf("prototype"), url, platform, place])),
  path: () =>
    withReceiver(async (platform, place) => {
      await publishTo(platform, 1);
      const config = writeSite(place, {
        databaseUrl: url,
        platformUrl: platform,
        tables: [`${database}.person`],
      });
      const program = `${root}/agent/bin/qianzhi.js`;
      return measure([program, "run", "--once", "--json", "--config", config], place);
    }),
} as const satisfies Readonly<Record<string, () => Promise<Measured>>>;
type Kind = keyof typeof kinds;

tell(`Node ${process.versions.node}, ${rows} rows × 13 columns, median of ${runs} runs`);
if (await fillTable(url, rows)) tell("The table was filled; the next run finds it so.");

const wanted = (Object.keys(kinds) as Kind[]).filter((kind) => !only || only.includes(kind));
const measured = new Map<Kind, Measured[]>(wanted.map((kind) => [kind, []]));
// The first read fills the database's cache, for everybody alike.
if (wanted.length > 0) await kinds.drain();
for (let run = 1; run <= runs; run += 1) {
  for (const kind of wanted) {
    const one = await kinds[kind]();
    measured.get(kind)?.push(one);
    tell(
      `  run ${run}  ${kind.padEnd(9)} ${rate(rows / one.seconds)} rows/s  ${one.peakRssMiB} MiB`,
    );
  }
}
const stages =
  !only || only.includes("stages")
    ? (await measure([programOf("stages"), url, String(rows), folder])).output
    : {};
print();

/** Runs a kind against a receiver of its own and checks that it got every row. */
async function withReceiver(
  run: (platform: string, place: string) => Promise<Measured>,
): Promise<Measured> {
  const receiver = await startReceiver();
  const place = mkdtempSync(join(folder, "run-"));
  try {
    const result = await run(receiver.url, place);
    const { records, bytes } = (await (await fetch(`${receiver.url}/bench`)).json()) as {
      records: number;
      bytes: number;
    };
    if (records !== rows)
      throw new Error(
        `${records} of ${rows} rows arrived in ${database}: ${JSON.stringify(result.output)}`,
      );
    bytesPerRow = bytes / records;
    return result;
  } finally {
    await receiver.stop();
    rmSync(place, { recursive: true, force: true });
  }
}

function resultOf(kind: Kind): Result | undefined {
  const each = measured.get(kind);
  if (!each?.length) return undefined;
  return {
    rowsPerSecond: spreadOf(each.map(({ seconds }) => rows / seconds)),
    peakRssMiB: Math.max(...each.map(({ peakRssMiB }) => peakRssMiB)),
    cpuMicrosecondsPerRow: spreadOf(each.map(({ cpuSeconds }) => (cpuSeconds / rows) * 1e6)).median,
  };
}

function print(): void {
  const results = wanted.map((kind) => [kind, resultOf(kind)] as const);
  if (json) {
    const flat = results.map(([kind, result]) => [
      kind,
      result && {
        rowsPerSecond: Math.round(result.rowsPerSecond.median),
        least: Math.round(result.rowsPerSecond.least),
        most: Math.round(result.rowsPerSecond.most),
        peakRssMiB: result.peakRssMiB,
        cpuMicrosecondsPerRow: Number(result.cpuMicrosecondsPerRow.toFixed(2)),
      },
    ]);
    process.stdout.write(
      `${JSON.stringify({ node: process.versions.node, rows, ...Object.fromEntries(flat), stages }, undefined, 2)}\n`,
    );
    return;
  }
  tell(bytesPerRow ? `\n${bytesPerRow.toFixed(0)} bytes a row as JSON lines` : "");
  for (const [kind, result] of results) {
    if (!result) continue;
    const { median, least, most } = result.rowsPerSecond;
    tell(
      `${kind.padEnd(10)} ${rate(median)} rows/s (${rate(least)} – ${rate(most)}), ${result.cpuMicrosecondsPerRow.toFixed(1)} µs CPU a row, peak ${result.peakRssMiB} MiB`,
    );
  }
  const [drain, prototype, path] = (["drain", "prototype", "path"] as const).map(
    (kind) => resultOf(kind)?.rowsPerSecond.median,
  );
  if (path && prototype)
    tell(`path / prototype = ${(path / prototype).toFixed(2)} (at least 0.90)`);
  if (path && drain) tell(`path / drain     = ${(path / drain).toFixed(2)}`);
  for (const [name, value] of Object.entries(stages))
    tell(`stage ${name.padEnd(9)} ${JSON.stringify(value)}`);
}

function rate(value: number): string {
  return Math.round(value).toLocaleString("en").padStart(9);
}
