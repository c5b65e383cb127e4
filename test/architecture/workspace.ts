import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root, without a trailing slash. */
export const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[/\\]$/, "");

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  /** Relative to the root: `packages/sdk`. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Folders of the packages that its tsconfig references. */
  readonly references: readonly string[];
}

export interface SourceFile {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

const generated = new Set(["node_modules", "dist", ".git", ".cache", "qianzhi-demo"]);

/** Every file of the repository that a person wrote, relative to the root. */
export function filesBelow(folder: string): readonly string[] {
  if (!existsSync(`${root}/${folder}`)) return [];
  return readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (generated.has(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

export function read(path: string): string {
  return readFileSync(`${root}/${path}`, "utf8");
}

export function exists(path: string): boolean {
  return existsSync(`${root}/${path}`);
}

export function workspacePackages(): readonly WorkspacePackage[] {
  const folders = ["packages", "adapters", "targets", "examples"].flatMap((parent) =>
    exists(parent) ? readdirSync(`${root}/${parent}`).map((name) => `${parent}/${name}`) : [],
  );
  return [...folders, "agent", "test"]
    .filter((folder) => exists(`${folder}/package.json`))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(read(`${folder}/package.json`)) as Manifest,
      references: referencesOf(folder),
    }));
}

function referencesOf(folder: string): readonly string[] {
  if (!exists(`${folder}/tsconfig.json`)) return [];
  const config = JSON.parse(read(`${folder}/tsconfig.json`)) as {
    references?: readonly { path: string }[];
  };
  return (config.references ?? []).map(({ path }) =>
    new URL(path, `file:///${folder}/`).pathname.slice(1).replace(/\/$/, ""),
  );
}

/** The TypeScript and JavaScript files below a folder. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return filesBelow(folder)
    .filter((path) => /\.(ts|mts|js|mjs)$/.test(path))
    .map((path) => ({ path, text: read(path) }));
}

/** Module names that a file imports, statically or by a literal `import()`. */
export function importsOf({ text }: SourceFile): readonly string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*"([^"]+)"|(?:^|\n)import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** A file's code without comments; lines keep their places. */
export function codeOf({ text }: SourceFile): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|[\s;{(,])\/\/[^\n]*/g, "$1");
}
