import { exactDouble } from "../canonical/plain-decimal.ts";
import { QianzhiError } from "../errors/qianzhi-error.ts";
import type { ConfigProblem } from "../yaml/problems.ts";
import { readYaml, type FileProblems, type YamlFile } from "../yaml/yaml-file.ts";
import { checkDescriptor } from "./check-descriptor.ts";
import { limitWords } from "./check-item.ts";
import type { ResourceDescriptor } from "./descriptor.ts";

export interface DescriptorFile {
  /** Undefined when there are errors. */
  readonly descriptor: ResourceDescriptor | undefined;
  readonly errors: readonly ConfigProblem[];
  /** What a catalog may send back, though it works. */
  readonly warnings: readonly ConfigProblem[];
}

/** Reads a descriptor from YAML or JSON text, with every error and warning at its place in the file. */
export function readDescriptor(text: string, file: string): DescriptorFile {
  const { yaml, problems } = readYaml(text, file);
  if (yaml.value !== undefined) {
    checkDescriptor(yaml.value, problems);
    checkLimits(yaml, problems);
  }
  const errors = [...problems.errors].sort(
    (one, other) => one.line - other.line || one.column - other.column,
  );
  const { warnings } = problems;
  return {
    descriptor: errors.length > 0 ? undefined : (yaml.value as ResourceDescriptor),
    errors,
    warnings,
  };
}

/** A limit of more digits than a double holds is another one by the time that anybody compares with it. */
function checkLimits(yaml: YamlFile, problems: FileProblems): void {
  const { items } = (yaml.value ?? {}) as { readonly items?: unknown };
  const known = new Set(problems.errors.map(({ path }) => path));
  for (const index of Array.isArray(items) ? items.keys() : [])
    for (const limit of ["minimum", "maximum"]) {
      const path = ["items", index, limit];
      const digits = yaml.written(path);
      if (digits === undefined || exactDouble(digits) !== undefined || known.has(path.join(".")))
        continue;
      problems.error(path, ...limitWords);
    }
}

/** As `readDescriptor`, throwing QZ_CONFIG_INVALID with all errors in `details.problems`, a list of ConfigProblem. */
export function parseDescriptor(text: string, file: string): ResourceDescriptor {
  const { descriptor, errors } = readDescriptor(text, file);
  if (descriptor !== undefined) return descriptor;
  throw new QianzhiError("QZ_CONFIG_INVALID", { file, count: errors.length, problems: errors });
}
