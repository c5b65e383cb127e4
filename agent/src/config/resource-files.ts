import { basename, dirname, resolve } from "node:path";
import { QianzhiError, type ResourceDescriptor } from "@qianzhi/sdk";
import { parseDescriptor } from "./parse-descriptor.ts";
import type { ConfigFiles } from "./config-files.ts";
import type { ConfigProblem } from "./problems.ts";
import type { FileProblems } from "./yaml-file.ts";

/** Descriptors by identifier; `complete` is false when a file had problems, so that a name may be missing for that reason. */
export interface ResourceFiles {
  readonly resources: ReadonlyMap<string, ResourceDescriptor>;
  readonly complete: boolean;
  /** Problems inside the descriptor files. */
  readonly problems: readonly ConfigProblem[];
}

/** Reads the descriptor files that a configuration names, `*` and `?` standing for characters of a file name. */
export async function readResources(
  patterns: readonly string[], directory: string, files: ConfigFiles, problems: FileProblems,
): Promise<ResourceFiles> {
  const resources = new Map<string, ResourceDescriptor>();
  const inside: ConfigProblem[] = [];
  const origin = new Map<string, string>();
  const before = problems.errors.length;
  for (const [index, pattern] of patterns.entries())
    for (const file of await matching(pattern, directory, files)) {
      if ([...origin.values()].includes(file)) continue;
      const descriptor = await readDescriptor(file);
      if (descriptor === undefined) continue;
      const other = origin.get(descriptor.identifier);
      if (other !== undefined)
        problems.error(["resources", index], `${file} and ${other} both describe ${descriptor.identifier}; remove one`,
          `${file} 与 ${other} 描述了同一资源 ${descriptor.identifier}，请删除其一`);
      origin.set(descriptor.identifier, file);
      resources.set(descriptor.identifier, descriptor);
    }
  return { resources, problems: inside, complete: inside.length === 0 && problems.errors.length === before };

  async function matching(pattern: string, from: string, at: ConfigFiles): Promise<readonly string[]> {
    const path = resolve(from, pattern);
    if (!/[*?]/.test(basename(pattern))) return [path];
    const shape = new RegExp(`^${basename(path).replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`, "u");
    const names = await at.list(dirname(path)).catch(() => []);
    const found = names.filter((name) => shape.test(name)).sort().map((name) => resolve(dirname(path), name));
    const index = patterns.indexOf(pattern);
    if (found.length === 0) problems.error(["resources", index], `no file matches ${path}`, `没有文件匹配 ${path}`);
    return found;
  }

  async function readDescriptor(file: string): Promise<ResourceDescriptor | undefined> {
    let text: string;
    try {
      text = await files.read(file);
    } catch {
      const index = patterns.findIndex((pattern) => resolve(directory, pattern) === file);
      problems.error(["resources", index], `the file ${file} cannot be read`, `无法读取文件 ${file}`);
      return undefined;
    }
    try {
      return parseDescriptor(text, file);
    } catch (error) {
      if (!QianzhiError.is(error) || error.code !== "QZ_CONFIG_INVALID") throw error;
      inside.push(...(error.details["problems"] as readonly ConfigProblem[]));
      return undefined;
    }
  }
}
