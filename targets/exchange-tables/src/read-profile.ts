import { readFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  checkSchema,
  QianzhiError,
  readYaml,
  type ConfigProblem,
  type FileProblems,
  type TargetFiles,
} from "@qianzhi/sdk";
import { systemColumns, type Profile } from "./profile.ts";
import { profileSchema } from "./profile-schema.ts";

/** The profiles that come with the package. */
export const shippedProfiles = ["national", "department", "sign-state"] as const;

const shippedFolder = fileURLToPath(new URL("../../profiles", import.meta.url));

/**
 * A profile by the name of a shipped one, or from a file. Throws QZ_CONFIG_INVALID with every problem of the file at its
 * place.
 */
export async function readProfile(
  name: string,
  files: TargetFiles,
  dataSource: string | undefined,
): Promise<Profile> {
  const shipped = (shippedProfiles as readonly string[]).includes(name);
  const file = shipped
    ? join(shippedFolder, `${name}.yaml`)
    : isAbsolute(name)
      ? name
      : resolve(files.directory, name);
  const text = await (shipped ? readFile(file, "utf8") : files.read(file)).catch(
    (cause: unknown) => {
      throw unreadable(file, cause);
    },
  );
  const { yaml, problems } = readYaml(text, file);
  if (yaml.value !== undefined && checkSchema(yaml.value, profileSchema, problems).length === 0)
    checkMeaning(yaml.value as Profile, problems, dataSource);
  if (problems.errors.length > 0) throw invalid(problems.errors);
  return yaml.value as Profile;
}

const invalid = (problems: readonly ConfigProblem[], cause?: unknown): QianzhiError =>
  new QianzhiError("QZ_CONFIG_INVALID", { count: problems.length, problems }, { cause });

const unreadable = (file: string, cause: unknown): QianzhiError =>
  invalid(
    [
      {
        file,
        line: 1,
        column: 1,
        path: "",
        message: `the profile cannot be read; shipped ones are ${shippedProfiles.join(", ")}`,
        zh: `无法读取交换规范文件；自带的有 ${shippedProfiles.join("、")}`,
      },
    ],
    cause,
  );

/** What a schema cannot say: how the parts depend on each other. */
function checkMeaning(
  profile: Profile,
  problems: FileProblems,
  dataSource: string | undefined,
): void {
  const { feedback, row, batch, consumed, operation, source } = profile;
  if (feedback !== undefined && (row === undefined || batch === undefined))
    problems.error(
      ["feedback"],
      "feedback says by row and batch what it is about: declare row and batch",
      "反馈按行标识和批次号指明对象，请声明 row 和 batch",
    );
  if (consumed?.done !== undefined && batch === undefined)
    problems.error(
      ["consumed", "done"],
      "marks are followed batch by batch: declare batch, or leave done out",
      "取走标志按批次跟踪，请声明 batch，或去掉 done",
    );
  const seen = new Set<string>();
  for (const column of systemColumns(profile)) {
    const name = column.toLowerCase();
    if (seen.has(name))
      problems.error([], `two members name the column ${column}`, `有两处使用了同一列名 ${column}`);
    seen.add(name);
  }
  for (const member of ["insert", "update", "delete"] as const)
    tooLong(["operation", member], operation[member], operation.length, problems);
  if (consumed !== undefined)
    for (const mark of [consumed.initial, ...(consumed.done ?? [])])
      tooLong(["consumed"], mark, consumed.length, problems);
  if (source === undefined) return;
  if (dataSource === undefined)
    problems.error(
      ["source"],
      `the column ${source.column} takes the target's option dataSource, which is not set`,
      `列 ${source.column} 填写目标选项 dataSource，但尚未设置`,
    );
  else tooLong(["source", "length"], dataSource, source.length, problems);
}

function tooLong(
  path: readonly string[],
  value: string,
  length: number,
  problems: FileProblems,
): void {
  if ([...value].length > length)
    problems.error(
      path,
      `"${value}" is longer than the ${length} characters of its column`,
      `“${value}”超过该列的 ${length} 个字符`,
    );
}
