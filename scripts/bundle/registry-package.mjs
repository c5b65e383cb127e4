import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { root, runCommand } from "../process/run-command.mjs";

/**
 * A package of the registry, unpacked below `.cache` and kept there for the next time. Its archive must have the
 * integrity that stands in this repository: what is carried to a site is what was looked at.
 */
export async function registryPackage({ name, version, integrity }) {
  const folder = `${root}/.cache/packages/${name}-${version}`;
  if (existsSync(folder)) return folder;
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const { code, output } = await runCommand("npm", ["pack", `${name}@${version}`, "--silent"], {
      cwd: work,
    });
    if (code !== 0) throw new Error(`${name}@${version} cannot be had: ${output.trim()}`);
    const archive = `${work}/${name}-${version}.tgz`;
    const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
    if (found !== integrity) throw new Error(`${name}@${version} is not what it was: ${found}`);
    const { extract } = createRequire(`${root}/agent/package.json`)("tar");
    await extract({ file: archive, cwd: work, strip: 1 });
    rmSync(archive);
    try {
      renameSync(work, folder);
    } catch (error) {
      // Another bundle that is made at this time was quicker.
      if (!existsSync(folder)) throw error;
    }
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
