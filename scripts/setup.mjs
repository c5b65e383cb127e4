// Makes a fresh clone ready to run with nothing but Node and npm: installs what the lock file names, then compiles.
// Quick when nothing changed; every other script calls it first.
import "./process/node-version.mjs";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { root, runCommand, runTool } from "./process/run-command.mjs";

const stampFile = `${root}/node_modules/.qianzhi-setup.json`;

/** Installs and compiles what is out of date. Resolves with whether the repository is ready; says what it does. */
export async function setUp({ say = (line) => process.stdout.write(`${line}\n`) } = {}) {
  const { packageManager } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const wanted = { install: hashOf(manifests()), compiler: hashOf([`${root}/tsconfig.base.json`]) };
  const done = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, "utf8")) : {};

  if (done.install !== wanted.install) {
    say("Setup: installing dependencies (a minute on a fresh machine) …");
    const installed = await install(packageManager);
    if (installed.code !== 0)
      return fail(say, "The dependencies could not be installed.", installed);
  }
  const compiled = await compile(done.compiler !== wanted.compiler, say);
  if (compiled.code !== 0) return fail(say, "The sources do not compile.", compiled);
  writeFileSync(stampFile, JSON.stringify(wanted));
  return true;
}

function install(packageManager) {
  // CI: pnpm asks nothing, not even whether it may replace a node_modules that another tool made.
  const env = { ...process.env, CI: "true", npm_config_update_notifier: "false" };
  return runCommand("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], { env });
}

function compile(force, say) {
  if (!existsSync(`${root}/packages/sdk/dist`)) say("Setup: compiling …");
  // The compiler does not notice an edited base configuration by itself.
  return runTool("typescript/bin/tsc", ["-b", ...(force ? ["--force"] : [])]);
}

function manifests() {
  const folders = ["packages", "adapters", "targets", "examples"].flatMap((parent) =>
    existsSync(`${root}/${parent}`)
      ? readdirSync(`${root}/${parent}`).map((name) => `${parent}/${name}`)
      : [],
  );
  return [
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ...["", "agent/", "test/", ...folders.map((f) => `${f}/`)].map(
      (folder) => `${folder}package.json`,
    ),
  ].map((file) => `${root}/${file}`);
}

function hashOf(files) {
  const hash = createHash("sha256").update(process.versions.modules);
  for (const file of files) if (existsSync(file)) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

function fail(say, sentence, { output }) {
  say(`Setup: ${sentence}\n${output.trim()}`);
  return false;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const ready = await setUp();
  if (ready)
    process.stdout.write("Setup: ready. Try `npm run demo`, `npm test` or `npx qianzhi --help`.\n");
  process.exitCode = ready ? 0 : 1;
}
