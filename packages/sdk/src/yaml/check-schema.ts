import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { nearest, type ConfigPath, type ProblemList } from "./problems.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Errors of these keywords leave the shape of the value as it should be, so that what is around can still be read. */
const harmless: ReadonlySet<string> = new Set([
  "additionalProperties",
  "pattern",
  "enum",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "minProperties",
  "uniqueItems",
  "not",
]);

/**
 * Checks a value against a JSON Schema, fills in its defaults, and reports every error in words, at its place below
 * `base`. Values are not repeated in messages: they may be secrets. A schema with a `pattern`, `not`, `anyOf` or `oneOf`
 * may say what it wants in `expects`, a pair of an English and a Chinese text.
 *
 * @returns The places where the value has not even the right shape.
 */
export function checkSchema(
  value: unknown,
  schema: Schema,
  problems: ProblemList,
  base: ConfigPath = [],
): readonly ConfigPath[] {
  const validate = compiled(schema);
  if (validate(value)) return [];
  const errors = meaningful(validate.errors ?? []);
  for (const error of errors) report(error, problems, pathOf(error, base));
  return errors
    .filter(({ keyword }) => !harmless.has(keyword))
    .map((error) => {
      const missing: unknown = error.params["missingProperty"];
      return missing === undefined
        ? pathOf(error, base)
        : [...pathOf(error, base), String(missing)];
    });
}

/** A site with hundreds of descriptors checks each by one schema, which takes as long to compile as a program to start. */
const validators = new WeakMap<Schema, ValidateFunction>();

function compiled(schema: Schema): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  // An instance a schema: two adapters may give their schemas one $id.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    validateFormats: false,
    validateSchema: false,
    useDefaults: true,
    // Hardly ever used twice: to make it quicker takes a third of the time and is never won back.
    code: { optimize: false },
  });
  const validate = ajv.compile(schema);
  validators.set(schema, validate);
  return validate;
}

/** Of an `anyOf`, its own words are reported, or else the branch that was meant: the one whose type fits the value. */
function meaningful(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const dropped = new Set<ErrorObject>(
    errors.filter(({ keyword }) => keyword === "if" || keyword === "propertyNames"),
  );
  for (const choice of choices) {
    const within = errors.filter((error) => error !== choice && isWithin(error, choice));
    const fitting = [...groupByBranch(within, choice).values()]
      .filter((branch) => !branch.some((error) => isTypeError(error, choice)))
      .sort((one, other) => one.length - other.length)[0];
    for (const error of within) dropped.add(error);
    if (fitting === undefined || expectsOf(choice) !== undefined) continue;
    dropped.add(choice);
    for (const error of fitting) dropped.delete(error);
  }
  return errors.filter((error) => !dropped.has(error));
}

const isTypeError = (error: ErrorObject, choice: ErrorObject): boolean =>
  error.keyword === "type" && error.instancePath === choice.instancePath;

const isWithin = (error: ErrorObject, choice: ErrorObject): boolean =>
  error.schemaPath.startsWith(`${choice.schemaPath}/`) &&
  `${error.instancePath}/`.startsWith(`${choice.instancePath}/`);

function groupByBranch(
  errors: readonly ErrorObject[],
  choice: ErrorObject,
): Map<string, ErrorObject[]> {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const branch = error.schemaPath.slice(choice.schemaPath.length + 1).split("/")[0] ?? "";
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  return branches;
}

/** Steps into lists are numbers in paths, though JSON pointers write them as texts. */
function pathOf(error: ErrorObject, base: ConfigPath): ConfigPath {
  return [...base, ...error.instancePath.split("/").slice(1).map(unescapePointer)];
}

function unescapePointer(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function report(error: ErrorObject, problems: ProblemList, path: ConfigPath): void {
  const { params } = error;
  switch (error.keyword) {
    case "additionalProperties":
      return reportUnknown(error, problems, path);
    case "required":
      return problems.misnamed(
        path,
        `${params["missingProperty"]} is missing`,
        `缺少 ${params["missingProperty"]}`,
      );
    case "type":
    case "anyOf":
    case "oneOf": {
      const expects = expectsOf(error);
      if (expects !== undefined) return problems.error(path, ...expects);
      const types =
        error.keyword === "type" ? [params["type"]].flat().map(String) : branchTypes(error);
      return problems.error(
        path,
        `must be ${types.map((type) => typeWords[type]?.[0] ?? type).join(" or ")}`,
        `应为：${types.map((type) => typeWords[type]?.[1] ?? type).join("、")}`,
      );
    }
    case "enum":
      return reportEnum(error, problems, path);
    case "const":
      return problems.error(
        path,
        `must be ${params["allowedValue"]}`,
        `应为 ${params["allowedValue"]}`,
      );
    case "minimum":
    case "maximum": {
      const bound = error.keyword === "minimum" ? ["at least", "不小于"] : ["at most", "不大于"];
      return problems.error(
        path,
        `must be ${bound[0]} ${params["limit"]}`,
        `应${bound[1]} ${params["limit"]}`,
      );
    }
    case "pattern":
    case "not":
      return reportPattern(error, problems, path);
    case "minLength":
    case "minItems":
    case "minProperties":
      return problems.error(path, "must not be empty", "不能为空");
    default:
      return problems.error(
        path,
        error.message ?? "does not fit here",
        `不符合要求（${error.keyword}）`,
      );
  }
}

function reportUnknown(error: ErrorObject, problems: ProblemList, path: ConfigPath): void {
  const name = String(error.params["additionalProperty"]);
  const known = Object.keys((error.parentSchema?.["properties"] as object | undefined) ?? {});
  const meant = nearest(name, known);
  const [en, zh] =
    meant === undefined
      ? [`possible: ${known.join(", ")}`, `可用：${known.join("、")}`]
      : [`did you mean ${meant}?`, `是否应为 ${meant}？`];
  problems.misnamed(
    [...path, name],
    `there is no property ${name} here; ${en}`,
    `此处没有属性 ${name}，${zh}`,
  );
}

function reportEnum(error: ErrorObject, problems: ProblemList, path: ConfigPath): void {
  const allowed = (error.params["allowedValues"] as readonly unknown[]).map(String);
  const meant = typeof error.data === "string" ? nearest(error.data, allowed) : undefined;
  const [en, zh] =
    meant === undefined ? ["", ""] : [`; did you mean ${meant}?`, `；是否应为 ${meant}？`];
  problems.error(
    path,
    `must be one of: ${allowed.join(", ")}${en}`,
    `应为其中之一：${allowed.join(", ")}${zh}`,
  );
}

/** What the schema itself says that it wants. */
const expectsOf = (error: ErrorObject): readonly [en: string, zh: string] | undefined =>
  error.parentSchema?.["expects"] as readonly [string, string] | undefined;

function reportPattern(error: ErrorObject, problems: ProblemList, path: ConfigPath): void {
  const expects = expectsOf(error);
  const pattern = String(error.params["pattern"]);
  const [en, zh] = expects ?? [`must match ${pattern}`, `应符合 ${pattern}`];
  if (error.propertyName === undefined) problems.error(path, en, zh);
  else problems.misnamed([...path, error.propertyName], en, zh);
}

const branchTypes = (error: ErrorObject): readonly string[] => [
  ...new Set(
    (error.schema as readonly { readonly type?: string }[]).map(({ type }) => type ?? "value"),
  ),
];

const typeWords: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  string: ["text (digits in quotes)", "文本（数字请加引号）"],
  integer: ["a whole number", "整数"],
  number: ["a number", "数字"],
  boolean: ["true or false", "true 或 false"],
  object: ["a group of properties", "一组属性"],
  array: ["a list", "列表"],
  null: ["empty", "空"],
};
