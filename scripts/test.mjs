// Everything that must hold, on a machine with nothing but Node and npm.
import "./process/node-version.mjs";
import { availableParallelism } from "node:os";
import { readOptions } from "./process/read-options.mjs";
import { setUp } from "./setup.mjs";
import { checks } from "./test/checks.mjs";
import { provisionDatabases } from "./test/databases.mjs";
import { runTestFile } from "./test/run-test-file.mjs";
import { serversOf, sourceOf, testFiles } from "./test/test-files.mjs";

const usage = `Usage: npm test -- [WORD …], npm run test:deep -- [WORD …]

Runs everything that must hold, or the test files alone whose path contains one
of the words; test:deep runs the long sizes.`;
const {
  values: { deep },
  positionals: words,
} = readOptions(usage, { deep: { type: "boolean", default: false } }, { allowPositionals: true });
const say = (line = "") => process.stdout.write(`${line}\n`);
const secondsSince = (start) => ((performance.now() - start) / 1000).toFixed(1);

announce();
const ready = await setUp({ say });
// Somebody who works on one package wants its tests while another one does not compile.
const outcome =
  ready || words.length
    ? await runEverything()
    : { failures: [], passed: 0, skips: [], missing: [] };
if (!ready) outcome.failures.push("setup (its report is above)");
summarise(outcome);

function announce() {
  say("This runs, on two cores in 5 to 12 minutes, by the machine:");
  say("  setup        install and compile what is out of date                     5 s to 2 min");
  say("  databases    private MariaDB and PostgreSQL, installed where allowed      5 s to 2 min");
  if (!words.length && !deep)
    say("  checks       format, lint, unused code, packages                         30 s");
  say(`  tests        ${deep ? "the long sizes" : "units, conformance, end to end, simulation"}`);
  say();
}

async function runEverything() {
  const databases = provisionDatabases();
  const stop = async () => (await databases).stop();
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => void stop().then(() => process.exit(130)));
  try {
    const failed = words.length || deep ? [] : await runChecks();
    const { environment, missing } = await databases;
    for (const sentence of missing) say(`note  no ${sentence}`);
    const results = await runFiles(environment);
    return {
      missing,
      passed: results.reduce((sum, { passed }) => sum + passed, 0),
      skips: results.flatMap(({ file, skips }) => skips.map((skip) => ({ file, ...skip }))),
      failures: [
        ...failed,
        ...results.flatMap(({ file, failures }) =>
          failures.map(({ name, error }) => `${sourceOf(file)}: ${name}: ${error.split("\n")[0]}`),
        ),
      ],
    };
  } finally {
    await stop();
  }
}

/** Runs the checks side by side and prints each as it ends. Resolves with those that failed. */
async function runChecks() {
  const failed = await Promise.all(
    checks.map(async ({ name, run }) => {
      const start = performance.now();
      const { code, output } = await run();
      say(`${code === 0 ? "ok   " : "FAIL "} ${name} (${secondsSince(start)} s)`);
      if (code !== 0) say(indent(output.trim()));
      return code === 0 ? [] : [`check: ${name} (its report is above)`];
    }),
  );
  return failed.flat();
}

async function runFiles(environment) {
  const files = testFiles({ deep }).filter(
    (file) => !words.length || words.some((word) => sourceOf(file).includes(word)),
  );
  const results = [];
  // What waits for a server goes first, then what takes long, and units fill the time that is left at the end.
  const rank = ({ file, servers }) =>
    servers.length > 0 ? 0 : /^(agent|examples|test)\//.test(sourceOf(file)) ? 1 : 2;
  const queue = files
    .map((file) => ({ file, servers: serversOf(file) }))
    .sort((one, other) => rank(one) - rank(other));
  const busy = new Set();
  const next = () => {
    const at = queue.findIndex(({ servers }) => servers.every((server) => !busy.has(server)));
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  };
  const work = async () => {
    // Whoever holds the server that a file waits for takes the file afterwards.
    for (let turn = next(); turn !== undefined; turn = next()) {
      const { file, servers } = turn;
      for (const server of servers) busy.add(server);
      const result = await runTestFile(file, { environment, ...(deep && deepRun(file)) });
      for (const server of servers) busy.delete(server);
      results.push(result);
      report(result);
    }
  };
  // Two more than there are cores, up to four: a file on a server mostly waits for it.
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism() + 2) }, work));
  return results;
}

/** A long run that is broken off has told what it has seen. */
function deepRun(file) {
  const tell = (sentence) => say(`      ${sourceOf(file)}: ${sentence}`);
  return { limitMs: 3 * 3_600_000, tell };
}

function report({ file, passed, failures, skips, output, seconds }) {
  const counts = `${passed} passed${failures.length ? `, ${failures.length} failed` : ""}${skips.length ? `, ${skips.length} skipped` : ""}`;
  say(
    `${failures.length ? "FAIL " : "ok   "} ${sourceOf(file)}: ${counts} (${seconds.toFixed(1)} s)`,
  );
  for (const { name, error } of failures) say(`      ${name}\n${indent(error, 8)}`);
  if (failures.length && output.trim())
    say(`      printed:\n${indent(output.trim().slice(-4000), 8)}`);
}

function summarise({ failures, passed, skips, missing }) {
  if (missing.length || skips.length) say("\nCould not run:");
  for (const sentence of missing) say(`  ${sentence}`);
  // A file that skips fifty cases for one reason says so once.
  const reasons = new Map();
  for (const { file, name, reason } of skips) {
    const label = `${sourceOf(file)}, because ${reason || "it says no reason"}`;
    reasons.set(label, [...(reasons.get(label) ?? []), name]);
  }
  for (const [label, names] of reasons)
    say(`  ${names.length > 3 ? `${names.length} tests` : names.join("; ")}: ${label}`);
  if (failures.length) say(`\nFailed:\n${indent(failures.join("\n"))}`);
  say(`\n${passed} passed, ${failures.length} failed, ${skips.length} skipped`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

function indent(text, width = 2) {
  return text
    .split("\n")
    .map((line) => " ".repeat(width) + line)
    .join("\n");
}
