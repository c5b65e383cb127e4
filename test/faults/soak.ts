// A long run: the legacy application writes while processes are killed and networks fail at random; every so often all is
// healed and the platform's copy compared with the source. Prints a table of memory, disk, lag and digests over time, and a
// verdict; exit code 0 only if all holds. Arguments: minutes, seed.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { dice } from "../simulation/seeded-random.ts";
import { faultSite, type FaultSite } from "./fault-site.ts";
import {
  createTables,
  differences,
  digests,
  pipelines,
  resources,
  startWriters,
} from "./legacy-writers.ts";
import { faults } from "./processes-and-networks.ts";

const [minutes = 60, seed = ""] = [Number(process.argv[2]), process.argv[3]];
const MINUTE_MS = 60_000;
/** Between two lines of the table. */
const LINE_MS = Math.min(MINUTE_MS, (minutes * MINUTE_MS) / 10);
/** All is healed and compared this often. */
const COMPARE_MS = Math.min(5 * MINUTE_MS, (minutes * MINUTE_MS) / 4);
const WRITER_PAUSE_MS = 50;
/** What is left when the faults are over is tried again within a minute. */
const HEALED_MS = 3 * MINUTE_MS;
const LOOK_MS = 1_000;
/** An agent that grows by more than this while it is let live leaks. */
const GROWTH_MIB = 64;

interface Line {
  readonly minute: number;
  /** The agent has not been killed for long. */
  readonly isSpared: boolean;
  readonly transactions: number;
  readonly faults: number;
  /** Of the agent; undefined while it is dead. */
  readonly memoryMiB: number | undefined;
  readonly dataMiB: number;
  readonly waiting: number;
  readonly lagSeconds: number;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const startedAt = performance.now();
const passedMs = (): number => performance.now() - startedAt;
/** In the middle half of the run the agent is let live, so that it shows whether it grows. */
const isSpared = (): boolean => Math.abs(passedMs() / (minutes * MINUTE_MS) - 0.5) < 0.25;
const others = Object.keys(faults).filter((name) => name !== "the agent is killed");

const site = await faultSite(resources, pipelines, { retainDelivered: "2m" });
if ("missing" in site) {
  say(`The soak needs a MariaDB: ${site.missing}`);
  process.exitCode = 1;
} else {
  await using _ = site;
  process.exitCode = await soak(site);
}

async function soak(site: FaultSite): Promise<number> {
  await createTables(site);
  await site.agent.start();
  const random = dice(seed);
  const counts = { faults: 0, transactions: 0, comparisons: 0 };
  const lines: Line[] = [];
  const problems: string[] = [];
  say(`${minutes} minutes, seed ${seed}`);
  say("minute  transactions  faults  agent MiB  data MiB  waiting  lag s  copy");
  let part = 0;
  let lineAt = LINE_MS;
  while (passedMs() < minutes * MINUTE_MS && problems.length === 0) {
    const writers = startWriters(site, `${seed}/${(part += 1)}`, WRITER_PAUSE_MS);
    const written = (): number => counts.transactions + writers.transactions;
    const until = Math.min(passedMs() + COMPARE_MS, minutes * MINUTE_MS);
    try {
      while (passedMs() < until) {
        await delay(Math.min(random.between(500, 15_000), Math.max(1, until - passedMs())));
        const name = random.pick(isSpared() ? others : Object.keys(faults));
        await faults[name]?.(site, random);
        counts.faults += 1;
        if (passedMs() < lineAt) continue;
        lineAt += LINE_MS;
        const line = await lineOf(site, { ...counts, transactions: written() });
        lines.push(line);
        say(textOf(line, ""));
      }
    } finally {
      await writers.stop();
      counts.transactions = written();
    }
    const found = await compared(site);
    problems.push(...found);
    counts.comparisons += 1;
    const line = await lineOf(site, counts);
    say(textOf(line, found.length === 0 ? `equal: ${digests(site)}` : `${found.length} differ`));
  }
  problems.push(...growth(lines));
  for (const problem of problems.slice(0, 20)) say(`  ${problem}`);
  say(
    `${problems.length === 0 ? "holds" : "FAILED"}: ${counts.transactions} transactions, ${counts.faults} faults, ${counts.comparisons} comparisons in ${Math.round(passedMs() / MINUTE_MS)} minutes, seed ${seed}`,
  );
  return problems.length === 0 ? 0 : 1;
}

/** The faults are over and nobody writes: what differs still when the agent had time to catch up, or is not accounted for. */
async function compared(site: FaultSite): Promise<readonly string[]> {
  const until = passedMs() + HEALED_MS;
  for (;;) {
    const found = [...(await differences(site)), ...accounts(await site.answer("status"))];
    if (found.length === 0 || passedMs() > until) return found;
    await delay(LOOK_MS);
  }
}

interface Status {
  readonly outbox: { readonly waitingBatches: number };
  readonly pipelines: readonly {
    readonly name: string;
    readonly lagSeconds: number | null;
    readonly quarantined: number;
  }[];
}

function accounts(answer: Readonly<Record<string, unknown>>): readonly string[] {
  const { outbox, pipelines: all } = answer as unknown as Status;
  return [
    ...(outbox.waitingBatches === 0 ? [] : [`${outbox.waitingBatches} batches wait`]),
    ...all.flatMap(({ name, quarantined }) =>
      quarantined === 0 ? [] : [`${name}: ${quarantined} in quarantine`],
    ),
  ];
}

async function lineOf(
  site: FaultSite,
  { transactions, faults: count }: { readonly transactions: number; readonly faults: number },
): Promise<Line> {
  const { outbox, pipelines: all } = (await site.answer("status")) as unknown as Status;
  return {
    minute: passedMs() / MINUTE_MS,
    isSpared: isSpared(),
    transactions,
    faults: count,
    memoryMiB: memoryOf(site.agent.pid),
    dataMiB: bytesBelow(join(site.folder, "data")) / 2 ** 20,
    waiting: outbox.waitingBatches,
    lagSeconds: Math.max(...all.map(({ lagSeconds }) => lagSeconds ?? 0)),
  };
}

function textOf(line: Line, copy: string): string {
  const column = (value: string | number, width: number): string => String(value).padStart(width);
  return [
    column(line.minute.toFixed(1), 6),
    column(line.transactions, 12),
    column(line.faults, 6),
    column(line.memoryMiB ?? "-", 9),
    column(line.dataMiB.toFixed(1), 8),
    column(line.waiting, 7),
    column(line.lagSeconds, 5),
    copy,
  ].join("  ");
}

/** Of the time in which the agent is let live, the first quarter and the last. */
function growth(lines: readonly Line[]): readonly string[] {
  const spared = lines.filter((line) => line.isSpared);
  const quarter = Math.floor(spared.length / 4);
  if (quarter === 0) return [];
  const grown = (of: (line: Line) => number): number =>
    Math.max(...spared.slice(-quarter).map(of)) - Math.max(...spared.slice(0, quarter).map(of));
  return [
    ...(grown(({ memoryMiB = 0 }) => memoryMiB) > GROWTH_MIB ? ["the agent's memory grows"] : []),
    ...(grown(({ dataMiB }) => dataMiB) > GROWTH_MIB ? ["the data directory grows"] : []),
  ];
}

function memoryOf(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Math.round(Number(kilobytes) / 1_024);
  } catch {
    return undefined; // dead, or no /proc here
  }
}

function bytesBelow(folder: string): number {
  const size = (name: string): number =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return readdirSync(folder).reduce((sum, name) => sum + size(name), 0);
}
