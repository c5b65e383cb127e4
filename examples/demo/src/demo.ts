import type { ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import type { Database } from "@qianzhi/exchange";
import { setTimeout as delay } from "node:timers/promises";
import {
  contrastTable,
  differenceOf,
  inPlatformWords,
  liveRows,
  platformCopy,
  tellPlatform,
  toldCopies,
  type ToldCopy,
} from "./contrast.ts";
import { createLegacyDatabase } from "./legacy-database.ts";
import { makeChangesWhileDown, makeLateCommits, makeLiveChanges } from "./live-changes.ts";
import { naivePoller, type NaivePoller } from "./naive-poller.ts";
import { freePort, run, start, stop, type Surroundings } from "./processes.ts";
import { createSite } from "./site.ts";
import { countOf, eventually } from "./story.ts";
import { say, type Word } from "./words.ts";

/*
 * The main job as a story, with real processes: a legacy database is made, the platform and the agent are started beside
 * it, rows are loaded and changed, the platform is killed and comes back, and in the end everything must add up by key.
 */
const words = process.argv.slice(2);
const keep = words.includes("--keep");
const language = languageOf(words, process.env);
const folder = resolve(words.find((word) => !word.startsWith("--")) ?? "qianzhi-demo");
const tell = (word: Word, details: Readonly<Record<string, string | number>> = {}): void =>
  void process.stdout.write(`${say(language, word, details)}\n`);

/** While it is kept up: what whoever changes the old database by hand sees within so long on the platform's page. */
const LOOK_MS = 10_000;
const port = await freePort();
const pagePort = await freePort();
const url = `http://127.0.0.1:${port}`;
const enrolmentToken = "demo-only";
const surroundings: Surroundings = {
  folder,
  environment: {
    // For the platform; the site has it in a file.
    QIANZHI_ENROLMENT_TOKEN: enrolmentToken,
    LANG: language === "zh" ? "zh_CN.UTF-8" : "en_US.UTF-8",
  },
};
let platform: ChildProcess | undefined;
let agent: ChildProcess | undefined;
let naive: NaivePoller | undefined;
let good = false;

try {
  good = await demo();
} finally {
  if (!good || !keep) {
    await stop(agent, "SIGTERM");
    await stop(platform, "SIGTERM");
  }
}
process.exitCode = good ? 0 : 1;

async function demo(): Promise<boolean> {
  tell("intro");
  await createSite(folder, { port, pagePort, enrolmentToken });
  tell("folder", { folder });
  const database = await createLegacyDatabase(join(folder, "legacy.db"));
  try {
    const rows = (table: string): number =>
      Number(Object.values(database.prepare(`SELECT count(*) FROM ${table}`).get() ?? {})[0]);
    const [divisions, persons, enterprises] = [rows("xzqh"), rows("rkxx"), rows("qyxx")];
    tell("legacy", { divisions, persons, enterprises });
    await startPlatform();
    tell("platform", { url });
    tell("load");
    agent = start(surroundings, "agent", ["run"]);
    await loaded(divisions + persons + enterprises);
    naive = naivePoller(database);

    tell("live");
    const since = performance.now();
    for (const { what, arrived } of makeLiveChanges(database)) {
      tell("change", { what: say(language, what) });
      if (!(await eventually(() => arrived(url), 30))) return failed(30);
      tell("arrived", { seconds: secondsSince(since) });
    }

    const late = await makeLateCommits(database, naive.poll);
    tell("late", { count: late.count });
    const lateSince = performance.now();
    if (!(await eventually(() => late.arrived(url), 30))) return failed(30);
    tell("arrived", { seconds: secondsSince(lateSince) });

    await stop(platform, "SIGKILL");
    const { count, arrived } = makeChangesWhileDown(database);
    tell("down", { count });
    await eventually(async () => (await waitingBatches()) > 0, 20);
    tell("waiting", { batches: await waitingBatches() });
    const back = performance.now();
    await startPlatform();
    if (!(await eventually(() => arrived(url), 90))) return failed(90);
    tell("back", { seconds: secondsSince(back) });
    const good = await summary();
    naive.poll();
    if (good) sayContrast(await contrast(database, naive));
    sayAround();
    if (good && keep) await keepUp(database, naive);
    return good;
  } finally {
    naive?.stop();
    database.close();
  }
}

async function startPlatform(): Promise<void> {
  platform = start(surroundings, "platform", [
    "sandbox",
    "--port",
    String(port),
    "--directory",
    "platform",
    "--token",
    "demo-only",
  ]);
  await eventually(
    async () => (await fetch(`${url}/healthz`)).ok && (await countOf(url, "enterprise")) >= 0,
    30,
  );
}

/** Shows the first load until nothing more arrives. */
async function loaded(total: number): Promise<void> {
  const resources = ["administrative_division", "natural_person", "enterprise"];
  let count = 0;
  let still = 0;
  while (still < 8) {
    const counts = await Promise.all(
      resources.map((resource) => countOf(url, resource).catch(() => 0)),
    );
    const sum = counts.reduce((a, b) => a + b, 0);
    still = sum === count && sum > 0 ? still + 1 : 0;
    if (sum !== count || process.stdout.isTTY) {
      const bar = `[${"#".repeat(Math.round((sum / total) * 24)).padEnd(24, ".")}]`;
      process.stdout.write(
        `${process.stdout.isTTY ? "\r" : ""}${say(language, "loading", { bar, count: sum, total })}${process.stdout.isTTY ? "" : "\n"}`,
      );
    }
    count = sum;
    await new Promise((resume) => setTimeout(resume, 300));
  }
  if (process.stdout.isTTY) process.stdout.write("\n");
}

async function waitingBatches(): Promise<number> {
  const { output } = await run(surroundings, ["status", "--json"]);
  return (JSON.parse(output) as { outbox: { waitingBatches: number } }).outbox.waitingBatches;
}

/** The proof is the agent's own command; its exit code is the verdict. */
async function summary(): Promise<boolean> {
  tell("summary");
  const { code, output, errors } = await run(surroundings, [
    "compare",
    "--lang",
    language,
    "--limit",
    "3",
  ]);
  process.stdout.write(`${output}${errors}`);
  tell(code === 0 ? "good" : "bad");
  return code === 0;
}

/** What the usual way would have made of the same history; the platform's page shows it, too. */
async function contrast(database: Database, { copy }: NaivePoller): Promise<readonly ToldCopy[]> {
  const copies = toldCopies({
    naive: differenceOf(database, inPlatformWords(copy)),
    ours: differenceOf(database, await platformCopy(url)),
  });
  await tellPlatform(url, liveRows(database), copies);
  return copies;
}

function sayContrast(copies: readonly ToldCopy[]): void {
  tell("contrast");
  for (const line of contrastTable(language, copies)) process.stdout.write(`   ${line}\n`);
}

function sayAround(): void {
  tell("around");
  const alone = ["status", "quarantine list persons", "preview persons", "ledger list"];
  for (const command of keep ? [...alone, "compare"] : alone)
    process.stdout.write(`   cd ${folder} && npx qianzhi ${command}\n`);
  if (!keep) tell("resume");
}

/** Until Ctrl+C, with both pages up to date. */
async function keepUp(database: Database, poller: NaivePoller): Promise<void> {
  // The agent's page shows the digests of the last one.
  await run(surroundings, ["reconcile"]);
  tell("kept", { page: `http://127.0.0.1:${pagePort}/`, platform: `${url}/` });
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopped.abort());
  while (!stopped.signal.aborted) {
    await delay(LOOK_MS, undefined, stopped).catch(() => undefined);
    if (stopped.signal.aborted) break;
    const { code } = await run(surroundings, ["compare"]);
    // While changes are on their way there is nothing to hold against each other; nor when somebody stops the platform.
    if (code === 0) await contrast(database, poller).catch(() => undefined);
  }
  await stop(agent, "SIGTERM");
  await stop(platform, "SIGTERM");
}

function failed(seconds: number): boolean {
  tell("notArrived", { seconds });
  return false;
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}

function languageOf(given: readonly string[], { LC_ALL, LANG }: NodeJS.ProcessEnv): "en" | "zh" {
  const named = given.find((word) => word.startsWith("--lang="))?.slice("--lang=".length);
  return (named ?? LC_ALL ?? LANG ?? "").startsWith("zh") ? "zh" : "en";
}
