import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mutation } from "./mutations.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const simulated = {
  "@qianzhi/sdk": "packages/sdk",
  "@qianzhi/page": "packages/page",
  "@qianzhi/exchange": "packages/exchange",
  "@qianzhi/sandbox": "packages/sandbox",
  "@qianzhi/agent": "agent",
};
/** Programs of the tests, by their folder: what they need of the product, and of the tests. */
const programs = {
  simulation: { packages: simulated, tests: ["simulation", "world"] },
  histories: {
    packages: {
      ...simulated,
      "@qianzhi/sql": "packages/sql",
      "@qianzhi/adapter-mysql": "adapters/mysql",
      "@qianzhi/adapter-postgres": "adapters/postgres",
    },
    tests: ["histories", "simulation", "world"],
  },
} as const;

/**
 * A copy of the compiled product with the mutation in it, and of the tests' program that runs it. Each text must stand in
 * its file exactly once: a mutation of what no longer exists would prove nothing.
 */
export async function mutatedProduct(
  { edits }: Pick<Mutation, "edits">,
  program: keyof typeof programs = "simulation",
) {
  const { packages, tests } = programs[program];
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-mutation-"));
  const places = Object.entries(packages);
  for (const [, from] of places) await copyPackage(from, ["dist/src"], { folder, places });
  const parts = tests.map((name) => `dist/${name}`);
  await copyPackage("test", parts, { folder, places });
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
    main: join(folder, `test/dist/${program}/main.js`),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
    },
  };
}

interface Copy {
  readonly folder: string;
  readonly places: readonly (readonly [name: string, place: string])[];
}

async function copyPackage(
  from: string,
  parts: readonly string[],
  { folder, places }: Copy,
): Promise<void> {
  const to = join(folder, from);
  for (const part of ["package.json", ...parts])
    await cp(join(root, from, part), join(to, part), { recursive: true });
  await mkdir(join(to, "node_modules/@qianzhi"), { recursive: true });
  for (const [name, place] of places)
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
