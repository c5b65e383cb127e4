import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { runProgram } from "./run-program.ts";

const platforms: Readonly<Record<string, string>> = {
  linux: "linux",
  darwin: "darwin",
  win32: "win",
};

/**
 * Another Node of the wanted version (`20.19`, `24`), from the npm package that carries the runtime for this platform,
 * kept in `folder` for the next time. Resolves with the path of its program, or with the reason why there is none.
 */
export async function nodeRuntime(
  version: string,
  folder: string,
): Promise<{ readonly program: string } | { readonly missing: string }> {
  const name = `node-${platforms[process.platform] ?? process.platform}-${process.arch}`;
  const place = `${folder}/node-${version}`;
  const program = `${place}/node_modules/${name}/bin/node${process.platform === "win32" ? ".exe" : ""}`;
  if (existsSync(program)) return { program };
  mkdirSync(place, { recursive: true });
  writeFileSync(`${place}/package.json`, JSON.stringify({ private: true }));
  const args = [
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    `${name}@${version}`,
  ];
  const { code, output } = await runProgram("npm", args, { cwd: place });
  if (code === 0 && existsSync(program)) return { program };
  return {
    missing: `npm could not install ${name}@${version}: ${output.trim().split("\n")[0] ?? ""}`,
  };
}
