import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The file that a package's `import` reaches, from its folder; undefined when there is no package.json. */
export async function packageEntry(folder: string): Promise<string | undefined> {
  let description: { readonly exports?: unknown; readonly main?: unknown };
  try {
    description = JSON.parse(
      await readFile(join(folder, "package.json"), "utf8"),
    ) as typeof description;
  } catch {
    return undefined;
  }
  const { exports, main } = description;
  const entry =
    conditional(isGroup(exports) && "." in exports ? exports["."] : exports) ?? main ?? "index.js";
  return typeof entry === "string" ? join(folder, entry) : undefined;
}

/** The first of the conditions under which Node imports a package, in the package's own order. */
function conditional(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  if (!isGroup(target)) return undefined;
  for (const [condition, value] of Object.entries(target)) {
    if (!["node", "import", "module-sync", "default"].includes(condition)) continue;
    const found = conditional(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The entry of an installed package, looked for in `node_modules` from each of the directories upwards. Not by
 * `require.resolve`, which does not see packages that can only be imported.
 */
export async function installedEntry(
  name: string,
  directories: readonly string[],
): Promise<string | undefined> {
  for (const directory of directories)
    for (const modules of createRequire(join(directory, "package.json")).resolve.paths(name) ??
      []) {
      const entry = await packageEntry(join(modules, name));
      if (entry !== undefined) return entry;
    }
  return undefined;
}
