import { basename, dirname, resolve } from "node:path";
import {
  readDescriptor,
  type ConfigProblem,
  type FileProblems,
  type ResourceDescriptor,
} from "@qianzhi/sdk";
import type { ConfigFiles } from "./config-files.ts";

/** What the descriptor files hold. */
export interface ResourceFiles {
  /** By identifier. */
  readonly resources: ReadonlyMap<string, ResourceDescriptor>;
  /** False when a file had problems, so that a resource may be missing for that reason. */
  readonly complete: boolean;
  /** Problems inside the descriptor files. */
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Reads the descriptor files that a configuration names, `*` and `?` standing for characters of a file name. */
export async function readResources(
  patterns: readonly string[],
  directory: string,
  files: ConfigFiles,
  problems: FileProblems,
): Promise<ResourceFiles> {
  const resources = new Map<string, ResourceDescriptor>();
  const origin = new Map<string, string>();
  const errors: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const before = problems.errors.length;
  const seen = new Set<string>();
  for (const [index, pattern] of patterns.entries()) {
    const at = ["resources", index];
    const path = resolve(directory, pattern);
    const names = await matching(path, files);
    if (names.length === 0) problems.error(at, `no file matches ${path}`, `没有文件匹配 ${path}`);
    for (const file of names.filter((name) => !seen.has(name))) {
      seen.add(file);
      const text = await files.read(file).catch(() => undefined);
      if (text === undefined) {
        problems.error(at, `the file ${file} cannot be read`, `无法读取文件 ${file}`);
        continue;
      }
      const { descriptor, ...inside } = readDescriptor(text, file);
      errors.push(...inside.errors);
      warnings.push(...inside.warnings);
      if (descriptor === undefined) continue;
      const other = origin.get(descriptor.identifier);
      if (other !== undefined)
        problems.error(
          at,
          `${file} and ${other} both describe ${descriptor.identifier}; remove one`,
          `${file} 与 ${other} 描述了同一资源 ${descriptor.identifier}，请删除其一`,
        );
      origin.set(descriptor.identifier, file);
      resources.set(descriptor.identifier, descriptor);
    }
  }
  return {
    resources,
    errors,
    warnings,
    complete: errors.length === 0 && problems.errors.length === before,
  };
}

async function matching(path: string, files: ConfigFiles): Promise<readonly string[]> {
  const pattern = basename(path);
  if (!/[*?]/.test(pattern)) return [path];
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const shape = new RegExp(`^${source}$`, "u");
  const names = await files.list(dirname(path)).catch(() => []);
  return names
    .filter((name) => shape.test(name))
    .sort()
    .map((name) => resolve(dirname(path), name));
}
