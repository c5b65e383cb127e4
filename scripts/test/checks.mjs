import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, runCommand, runTool } from "../process/run-command.mjs";
import { packageFolders } from "./test-files.mjs";

/** What is formatted and linted. Named, because the tools would otherwise walk installed packages. */
export const sourceFolders = [
  "packages",
  "adapters",
  "targets",
  "agent",
  "examples",
  "test",
  "scripts",
];

/** The checks that need no running code: name, and a promise of `{ code, output }`. */
export const checks = [
  { name: "format", run: () => runTool("oxfmt/bin/oxfmt", ["--check", ...sourceFolders]) },
  {
    name: "lint",
    run: () => runTool("oxlint/bin/oxlint", ["--type-aware", "--deny-warnings", ...sourceFolders]),
  },
  {
    name: "unused code",
    run: () => runTool("knip/bin/knip.js", ["--no-progress", "--no-config-hints"]),
  },
  { name: "packages", run: checkPackages },
];

/** publint and "are the types wrong" on every package that is meant to be published, as `npm pack` makes it. */
async function checkPackages() {
  const published = packageFolders().filter((folder) => !manifest(folder).private);
  const archives = mkdtempSync(join(tmpdir(), "qianzhi-packages-"));
  try {
    const { code, output } = await runCommand("npm", [
      "pack",
      "--ignore-scripts",
      "--pack-destination",
      archives,
      ...published.map((folder) => `./${folder}`),
    ]);
    if (code !== 0) return { code, output };
    const problems = [];
    for (const name of readdirSync(archives))
      problems.push(...(await packageProblems(name, readFileSync(join(archives, name)))));
    return { code: problems.length === 0 ? 0 : 1, output: problems.join("\n") };
  } finally {
    rmSync(archives, { recursive: true });
  }
}

/** A package of ES modules alone promises nothing to the resolution of Node 10, nor to a `require` before Node 20.19. */
const notPromised = ["node10", "node16-cjs"];

async function packageProblems(name, archive) {
  // Installed by the setup, which comes after this file was loaded.
  const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core");
  const [{ publint }, { formatMessage }] = await Promise.all([
    import("publint"),
    import("publint/utils"),
  ]);
  const tarball = archive.buffer.slice(archive.byteOffset, archive.byteOffset + archive.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, level: "warning", strict: true });
  const types = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!types.types) return [`${name}: has no types`];
  return [
    ...messages.map((message) => `${name}: ${formatMessage(message, pkg)}`),
    ...types.problems
      .filter(({ resolutionKind }) => !notPromised.includes(resolutionKind))
      .map(({ kind, resolutionKind }) => `${name}: types: ${kind} (${resolutionKind})`),
  ];
}

function manifest(folder) {
  return JSON.parse(readFileSync(`${root}/${folder}/package.json`, "utf8"));
}
