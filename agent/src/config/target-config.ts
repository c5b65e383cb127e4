import {
  describeError,
  QianzhiError,
  type ConfigProblem,
  type FileProblems,
  type TargetDefinition,
} from "@qianzhi/sdk";
import type { ConfigFiles } from "./config-files.ts";
import { readOptions } from "./read-options.ts";
import type { SecretReader } from "./secrets.ts";
import type { TargetConfig } from "./site-config.ts";

/** A target as the file has it. */
export interface RawTarget {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface TargetContext {
  readonly directory: string;
  readonly files: Pick<ConfigFiles, "read">;
  readonly secrets: SecretReader;
  readonly problems: FileProblems;
  findTarget(kind: string): Promise<TargetDefinition>;
}

/** What a target's own files have wrong comes beside the problems of the configuration. */
export interface TargetReading {
  readonly target?: TargetConfig;
  readonly errors: readonly ConfigProblem[];
}

/** Finds the target, checks its options and lets it read the files that they name. */
export async function readTarget(
  { kind, options: given }: RawTarget,
  { directory, files, secrets, problems, findTarget }: TargetContext,
): Promise<TargetReading> {
  const fail = (error: unknown): TargetReading => {
    const [en, zh] = [describeError(error, "en"), describeError(error, "zh")];
    problems.error(
      ["target", "kind"],
      [en.message, en.hint, en.original].join(" ").trimEnd(),
      [zh.message, zh.hint, zh.original].join("").trimEnd(),
    );
    return { errors: [] };
  };
  let definition: TargetDefinition;
  try {
    definition = await findTarget(kind);
  } catch (error) {
    return fail(error);
  }
  const before = problems.errors.length;
  const { secretOptions, optionsSchema: schema } = definition;
  const rules = { secrets, problems, secretOptions, schema };
  const options = await readOptions(given, ["target", "options"], rules);
  if (problems.errors.length > before) return { errors: [] };
  try {
    const configure = (changed: Readonly<Record<string, unknown>>) =>
      definition.configure(
        { ...options, ...changed },
        { directory, read: (path) => files.read(path) },
      );
    return { target: { kind, options, ...(await configure({})), with: configure }, errors: [] };
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_CONFIG_INVALID") return fail(error);
    return { errors: error.details["problems"] as readonly ConfigProblem[] };
  }
}
