import { readFileSync } from "node:fs";
import { root, runTool } from "../process/run-command.mjs";
import { packageFolders } from "./test-files.mjs";

/** What is formatted and linted. Named, because the tools would otherwise walk installed packages. */
export const sourceFolders = ["packages", "adapters", "agent", "examples", "test", "scripts"];

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

/** publint and attw on every package that is meant to be published. */
async function checkPackages() {
  const published = packageFolders().filter((folder) => !manifest(folder).private);
  const results = await Promise.all(
    published.map(async (folder) => {
      const publint = await runTool("publint/src/cli.js", [
        "run",
        folder,
        "--pack",
        "npm",
        "--strict",
      ]);
      const args = ["--pack", folder, "--profile", "esm-only", "--no-emoji", "--no-color"];
      const types = await runTool("@arethetypeswrong/cli/dist/index.js", args);
      return [publint, types]
        .filter(({ code }) => code !== 0)
        .map(({ output }) => `${folder}:\n${output}`);
    }),
  );
  const problems = results.flat();
  return { code: problems.length === 0 ? 0 : 1, output: problems.join("\n") };
}

function manifest(folder) {
  return JSON.parse(readFileSync(`${root}/${folder}/package.json`, "utf8"));
}
