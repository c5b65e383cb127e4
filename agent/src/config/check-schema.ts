import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { nearest, type ConfigPath } from "./problems.ts";
import type { FileProblems } from "./yaml-file.ts";

/** Errors of these keywords leave the shape of the value as it should be, so that what is around can still be read. */
const harmless: ReadonlySet<string> = new Set([
  "additionalProperties", "pattern", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "minProperties",
]);

/**
 * Checks a value against a JSON Schema, fills in its defaults, and reports every error in words, at its place below
 * `base`. Values are not repeated in messages: they may be secrets.
 *
 * @returns The places where the value has not even the right shape.
 */
export function checkSchema(
  value: unknown, schema: Readonly<Record<string, unknown>>, problems: FileProblems, base: ConfigPath = [],
): readonly ConfigPath[] {
  // An instance a schema: two adapters may give their schemas one $id.
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false, validateFormats: false, useDefaults: true });
  const validate = ajv.compile(schema);
  if (validate(value)) return [];
  const errors = meaningful(validate.errors ?? []);
  for (const error of errors) report(error, problems, pathOf(error, base));
  return errors.filter(({ keyword }) => !harmless.has(keyword)).map((error) => {
    const missing: unknown = error.params["missingProperty"];
    return missing === undefined ? pathOf(error, base) : [...pathOf(error, base), String(missing)];
  });
}

/** Of an `anyOf`, only the branch that was meant is reported: the one whose type fits the value. */
function meaningful(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const dropped = new Set<ErrorObject>(errors.filter(({ keyword }) => keyword === "if" || keyword === "propertyNames"));
  for (const choice of choices) {
    const within = errors.filter((error) => error !== choice && isWithin(error, choice));
    const branches = groupByBranch(within, choice);
    const fitting = [...branches.values()]
      .filter((branch) => !branch.some(({ keyword, instancePath }) => keyword === "type" && instancePath === choice.instancePath))
      .sort((a, b) => a.length - b.length);
    for (const error of within) dropped.add(error);
    if (fitting[0] === undefined) continue;
    dropped.add(choice);
    for (const error of fitting[0]) dropped.delete(error);
  }
  return errors.filter((error) => !dropped.has(error));
}

const isWithin = (error: ErrorObject, choice: ErrorObject): boolean =>
  error.schemaPath.startsWith(`${choice.schemaPath}/`) && `${error.instancePath}/`.startsWith(`${choice.instancePath}/`);

function groupByBranch(errors: readonly ErrorObject[], choice: ErrorObject): Map<string, ErrorObject[]> {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const branch = error.schemaPath.slice(choice.schemaPath.length + 1).split("/")[0] ?? "";
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  return branches;
}

const pathOf = (error: ErrorObject, base: ConfigPath): ConfigPath =>
  [...base, ...error.instancePath.split("/").slice(1).map(unescapePointer)];

function report(error: ErrorObject, problems: FileProblems, path: ConfigPath): void {
  const { params, parentSchema } = error;
  switch (error.keyword) {
    case "additionalProperties": {
      const name = String(params["additionalProperty"]);
      const known = Object.keys((parentSchema?.["properties"] as object | undefined) ?? {});
      const meant = nearest(name, known);
      return problems.misnamed([...path, name],
        `there is no property ${name} here; ${meant === undefined ? `possible: ${known.join(", ")}` : `did you mean ${meant}?`}`,
        `此处没有属性 ${name}，${meant === undefined ? `可用：${known.join("、")}` : `是否应为 ${meant}？`}`);
    }
    case "required":
      return problems.misnamed(path, `${params["missingProperty"]} is missing`, `缺少 ${params["missingProperty"]}`);
    case "type": case "anyOf": case "oneOf": {
      const types = error.keyword === "type" ? [params["type"]].flat().map(String) : branchTypes(error);
      return problems.error(path, `must be ${types.map((type) => typeWords[type]?.[0] ?? type).join(" or ")}`,
        `应为${types.map((type) => typeWords[type]?.[1] ?? type).join("或")}`);
    }
    case "enum": {
      const values = (params["allowedValues"] as readonly unknown[]).join(", ");
      return problems.error(path, `must be one of: ${values}`, `应为其中之一：${values}`);
    }
    case "minimum": case "maximum": {
      const bound = error.keyword === "minimum" ? ["at least", "不小于"] : ["at most", "不大于"];
      return problems.error(path, `must be ${bound[0]} ${params["limit"]}`, `应${bound[1]} ${params["limit"]}`);
    }
    case "pattern":
      return reportPattern(error, problems, path);
    case "minLength": case "minItems": case "minProperties":
      return problems.error(path, "must not be empty", "不能为空");
    default:
      return problems.error(path, error.message ?? "does not fit here", `不符合要求（${error.keyword}）`);
  }
}

const branchTypes = (error: ErrorObject): readonly string[] =>
  [...new Set((error.schema as readonly { readonly type?: string }[]).map(({ type }) => type ?? "value"))];

function reportPattern(error: ErrorObject, problems: FileProblems, path: ConfigPath): void {
  const name = error.propertyName;
  const [en, zh] = patternWords(String(error.params["pattern"]));
  if (name === undefined) return problems.error(path, en, zh);
  return problems.misnamed([...path, name], en, zh);
}

/** A pattern says itself what it wants only to a programmer: these say it to people. */
function patternWords(pattern: string): readonly [en: string, zh: string] {
  if (pattern.includes("ms|s|m|h|d")) return ["must be a duration such as 500ms, 5s, 10m, 2h or 7d", "应为时长，如 500ms、5s、10m、2h、7d"];
  if (pattern.includes("KMGT")) return ["must be a size such as 512MiB or 10GiB", "应为容量，如 512MiB、10GiB"];
  if (pattern.startsWith("^[+-]")) return ["must be an offset in quotes such as \"+08:00\"", "应为加引号的时区偏移，如 \"+08:00\""];
  if (pattern.startsWith("^https")) return ["must be an address such as https://exchange.example.gov.cn", "应为地址，如 https://exchange.example.gov.cn"];
  if (pattern.startsWith("^[A-Za-z]")) return [
    "a name begins with a letter and holds letters, digits, _ and - only (at most 64)",
    "名称以字母开头，只含字母、数字、_ 和 -（最多 64 个字符）",
  ];
  return [`must match ${pattern}`, `应符合 ${pattern}`];
}

const typeWords: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  string: ["text (digits in quotes)", "文本（数字请加引号）"],
  integer: ["a whole number", "整数"],
  number: ["a number", "数字"],
  boolean: ["true or false", "true 或 false"],
  object: ["a group of properties", "一组属性"],
  array: ["a list", "列表"],
  null: ["empty", "空"],
};

const unescapePointer = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");
