import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, runCommand } from "../process/run-command.mjs";

/** The agent, what it stands on, its targets, and the reference platform to try it with; adapters are chosen. */
const own = [
  "agent",
  "packages/sdk",
  "packages/exchange",
  "packages/sql",
  "packages/page",
  "packages/sandbox",
  "targets/exchange-tables",
];
/** Files that the runtime inside never opens: it has an SQLite of its own. */
const unneeded = ["@photostructure/sqlite/prebuilds"];

/** Adapters that a bundle may have. */
export const adapters = readdirSync(join(root, "adapters"));

/**
 * Installs the agent and the chosen adapters into `folder`, with the versions of the lock file and nothing for
 * development. Resolves with the CycloneDX document that npm makes of it. Throws when something differs from the lock file.
 */
export async function installApplication(folder, chosen) {
  const { version } = JSON.parse(readFileSync(join(root, "agent/package.json"), "utf8"));
  const archives = mkdtempSync(join(tmpdir(), "qianzhi-bundle-"));
  try {
    const places = [...own, ...chosen.map((name) => `adapters/${name}`)];
    await npm(root, [
      "pack",
      "--ignore-scripts",
      "--pack-destination",
      archives,
      ...places.map((place) => `./${place}`),
    ]);
    const locked = lockedVersions();
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "qianzhi", version, private: true, overrides: asLocked(locked) }),
    );
    await npm(folder, [
      "install",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "--omit=dev",
      "--no-bin-links",
      ...readdirSync(archives).map((name) => join(archives, name)),
    ]);
    checkAgainst(locked, folder);
    const bill = await npm(folder, ["sbom", "--sbom-format", "cyclonedx"]);
    for (const name of unneeded)
      rmSync(join(folder, "node_modules", name), { recursive: true, force: true });
    // Not there before the set-up.
    const { joinModules } = await import("./join-modules.mjs");
    await joinModules(join(folder, "node_modules"));
    // Both name folders of the machine that made the bundle.
    rmSync(join(folder, "package-lock.json"), { force: true });
    rmSync(join(folder, "node_modules/.package-lock.json"), { force: true });
    writeFileSync(
      join(folder, "package.json"),
      `${JSON.stringify({ name: "qianzhi", version, private: true }, null, 2)}\n`,
    );
    // Where our own packages lay is of this machine.
    return JSON.parse(bill.replaceAll(`file:${archives.replaceAll("\\", "\\\\")}/`, ""));
  } finally {
    rmSync(archives, { recursive: true, force: true });
  }
}

/** Package name → version → integrity, of all that the lock file names. */
function lockedVersions() {
  const locked = new Map();
  const text = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
  const packages = text.slice(text.indexOf("\npackages:"), text.indexOf("\nsnapshots:"));
  for (const [, name, version, integrity] of packages.matchAll(
    /^ {2}'?(@?[^@\s']+)@([^':]+)'?:\n {4}resolution: \{integrity: ([^,}]+)/gm,
  ))
    locked.set(name, new Map([...(locked.get(name) ?? []), [version, integrity]]));
  return locked;
}

/**
 * npm chooses the newest that fits unless it is told. A package of several versions is told for each that depends on it.
 */
function asLocked(locked) {
  const only = (name) => {
    const versions = [...(locked.get(name)?.keys() ?? [])];
    return versions.length === 1 ? versions[0] : undefined;
  };
  const overrides = {};
  for (const name of locked.keys()) if (only(name) !== undefined) overrides[name] = only(name);
  const text = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
  const snapshots = text.slice(text.indexOf("\nsnapshots:")).split(/\n\n(?= {2}\S)/);
  for (const snapshot of snapshots) {
    const [, parent, version] = /^ {2}'?(@?[^@\s']+)@([^':(]+)/m.exec(snapshot) ?? [];
    if (parent === undefined) continue;
    for (const [, name, of] of snapshot.matchAll(/^ {6}'?(@?[^\s':]+)'?: ([^\s(]+)/gm))
      if (locked.has(name) && only(name) === undefined) {
        const place = only(parent) === undefined ? `${parent}@${version}` : parent;
        // A package that is told its own version, too, says so under ".".
        overrides[place] = { ...asObject(overrides[place]), [name]: of };
      }
  }
  return overrides;
}

const asObject = (told) => (typeof told === "string" ? { ".": told } : (told ?? {}));

function checkAgainst(locked, folder) {
  const { packages } = JSON.parse(
    readFileSync(join(folder, "node_modules/.package-lock.json"), "utf8"),
  );
  const strangers = Object.entries(packages)
    .map(([place, found]) => ({ ...found, name: place.split("node_modules/").at(-1) }))
    .filter(({ name }) => !name.startsWith("@qianzhi/"))
    .filter(({ name, version, integrity }) => locked.get(name)?.get(version) !== integrity)
    .map(({ name, version }) => `${name}@${version}`);
  if (strangers.length > 0)
    throw new Error(`not in the lock file, or not as they stand there: ${strangers.join(", ")}`);
}

async function npm(cwd, args) {
  const { code, output } = await runCommand("npm", args, { cwd });
  if (code !== 0) throw new Error(`npm ${args[0]}: ${output.trim()}`);
  return output;
}
