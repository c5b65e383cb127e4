import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../architecture/workspace.ts";
import { runProgram } from "../runtime/run-program.ts";

/** Makes the bundle of a platform in `folder`, unpacks it there and resolves with the folder that came out of it. */
export async function unpackedBundle(platform: string, folder: string): Promise<string> {
  const words = ["--platform", platform, "--out", folder];
  const made = await runProgram(process.execPath, [join(root, "scripts/bundle.mjs"), ...words], {
    cwd: root,
  });
  assert.equal(made.code, 0, made.output);
  const archive = (await readdir(folder)).find((name) => /\.(tar\.gz|zip)$/.test(name)) ?? "";
  const [unpack, ...options] = archive.endsWith(".zip")
    ? (["unzip", "-q"] as const)
    : (["tar", "xzf"] as const);
  const unpacked = await runProgram(unpack, [...options, archive], { cwd: folder });
  assert.equal(unpacked.code, 0, unpacked.output);
  return join(folder, archive.replace(/\.(tar\.gz|zip)$/, ""));
}

/** The same bundle under the name of another version, in a folder beside it. */
export async function bundleOfVersion(bundle: string, version: string): Promise<string> {
  const folder = `${bundle}-as-${version}`;
  await cp(bundle, folder, { recursive: true });
  const release = join(folder, "release");
  const before = await readFile(release, "utf8");
  const now = before.replace(/version=.*/, `version=${version}`);
  await writeFile(release, now);
  const sum = (text: string): string => createHash("sha256").update(text).digest("hex");
  const sums = join(folder, "SHA256SUMS");
  await writeFile(sums, (await readFile(sums, "utf8")).replace(sum(before), sum(now)));
  return folder;
}
