import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { zipSync } from "fflate";
import { root } from "../process/run-command.mjs";

/** Of all entries, so that the same content gives the same archive. */
const mtime = new Date(Date.UTC(2020, 0, 1));

/** Relative paths of the files below a folder, with slashes, in order. */
export const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();

/** Packs `parent/name` into one file: `.tar.gz` for Linux, `.zip` for Windows, where nothing else is sure to be there. */
export async function archive(parent, name, path) {
  if (path.endsWith(".zip")) {
    const files = filesBelow(join(parent, name)).map((file) => [
      `${name}/${file}`,
      [readFileSync(join(parent, name, file)), { mtime, level: 9 }],
    ]);
    writeFileSync(path, zipSync(Object.fromEntries(files)));
    return;
  }
  const { create } = createRequire(`${root}/agent/package.json`)("tar");
  await create(
    { file: path, cwd: parent, gzip: { level: 9 }, portable: true, mtime, noDirRecurse: true },
    filesBelow(join(parent, name)).map((file) => `${name}/${file}`),
  );
}

/** In the form that `sha256sum -c` reads. */
export const checksum = (path, name) =>
  `${createHash("sha256").update(readFileSync(path)).digest("hex")}  ${name}\n`;
