import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mutation } from "./mutations.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const packages = {
  "@qianzhi/sdk": "packages/sdk",
  "@qianzhi/page": "packages/page",
  "@qianzhi/exchange": "packages/exchange",
  "@qianzhi/sandbox": "packages/sandbox",
  "@qianzhi/agent": "agent",
} as const;

/**
 * A copy of the compiled product with the mutation in it, and of the simulation that runs it. Each text must stand in
 * its file exactly once: a mutation of what no longer exists would prove nothing.
 */
export async function mutatedProduct({ edits }: Pick<Mutation, "edits">) {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-mutation-"));
  for (const from of [...Object.values(packages), "test"]) await copyPackage(from, folder);
  for (const [file, find, put] of edits) {
    const path = join(folder, file);
    const text = await readFile(path, "utf8");
    assert.equal(text.split(find).length, 2, `${file} has this once, no more and no less: ${find}`);
    await writeFile(
      path,
      text.replace(find, () => put),
    );
  }
  return {
    main: join(folder, "test/dist/simulation/main.js"),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
    },
  };
}

async function copyPackage(from: string, folder: string): Promise<void> {
  const to = join(folder, from);
  const parts =
    from === "test"
      ? ["package.json", "dist/simulation", "dist/world"]
      : ["package.json", "dist/src"];
  for (const part of parts) await cp(join(root, from, part), join(to, part), { recursive: true });
  await mkdir(join(to, "node_modules/@qianzhi"), { recursive: true });
  for (const [name, place] of Object.entries(packages))
    await symlink(join(folder, place), join(to, "node_modules", name), "junction");
  // Everything else is nobody's to change.
  for (const name of await readdir(join(root, from, "node_modules")))
    if (name !== "@qianzhi" && !name.startsWith("."))
      await symlink(
        join(root, from, "node_modules", name),
        join(to, "node_modules", name),
        "junction",
      );
}
