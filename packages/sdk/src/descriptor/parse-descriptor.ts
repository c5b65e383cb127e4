import { QianzhiError } from "../errors/qianzhi-error.ts";
import type { ConfigProblem } from "../yaml/problems.ts";
import { readYaml } from "../yaml/yaml-file.ts";
import { checkDescriptor } from "./check-descriptor.ts";
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
  if (problems.errors.length === 0) checkDescriptor(yaml.value, problems);
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

/** As `readDescriptor`, throwing QZ_CONFIG_INVALID with all errors in `details.problems`, a list of ConfigProblem. */
export function parseDescriptor(text: string, file: string): ResourceDescriptor {
  const { descriptor, errors } = readDescriptor(text, file);
  if (descriptor !== undefined) return descriptor;
  throw new QianzhiError("QZ_CONFIG_INVALID", { file, count: errors.length, problems: errors });
}
