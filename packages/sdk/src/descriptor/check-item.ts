import { parseDecimal } from "../canonical/plain-decimal.ts";
import { codeTable, codeTables } from "../codes/code-tables.ts";
import { formatNames, nationalFormat } from "../formats/national-formats.ts";
import { compareDecimals } from "../resource/checks.ts";
import { nearest, type ConfigPath, type ProblemList } from "../yaml/problems.ts";
import type { Item, ItemType } from "./descriptor.ts";

/** Which types a property means something for. */
const appliesTo: Readonly<Partial<Record<keyof Item, readonly ItemType[]>>> = {
  codes: ["string", "text"],
  format: ["string", "text"],
  minLength: ["string", "text"],
  maxLength: ["string", "text"],
  pattern: ["string", "text"],
  minimum: ["integer", "decimal", "double"],
  maximum: ["integer", "decimal", "double"],
  precision: ["decimal"],
  scale: ["decimal"],
  fraction: ["datetime", "time"],
  crs: ["geometry"],
};

/** Reports what does not hang together within an item of the right shape. */
export function checkItem(item: Item, path: ConfigPath, problems: ProblemList): void {
  for (const [property, types] of Object.entries(appliesTo))
    if (item[property as keyof Item] !== undefined && !types.includes(item.type))
      problems.misnamed(
        [...path, property],
        `${property} means nothing for type ${item.type}, only for ${types.join(", ")}`,
        `${property} 不适用于 ${item.type} 类型，仅适用于 ${types.join("、")}`,
      );
  checkDecimal(item, path, problems);
  checkBounds(item, path, problems);
  checkPattern(item, path, problems);
  checkFormat(item, path, problems);
  checkCodes(item, path, problems);
}

function checkDecimal(item: Item, path: ConfigPath, problems: ProblemList): void {
  if (item.type !== "decimal") return;
  for (const property of ["precision", "scale"] as const)
    if (item[property] === undefined)
      problems.misnamed(
        path,
        `${property} is missing: a decimal declares its digits`,
        `缺少 ${property}：小数类型须声明位数`,
      );
  if (item.precision !== undefined && item.scale !== undefined && item.scale > item.precision)
    problems.error(
      [...path, "scale"],
      `must be at most the precision, ${item.precision}`,
      `应不大于 precision（${item.precision}）`,
    );
}

function checkBounds(item: Item, path: ConfigPath, problems: ProblemList): void {
  if (
    item.minLength !== undefined &&
    item.maxLength !== undefined &&
    item.minLength > item.maxLength
  )
    problems.error([...path, "minLength"], "must be at most maxLength", "应不大于 maxLength");
  const [minimum, maximum] = (["minimum", "maximum"] as const).map((property) => {
    const value = item[property];
    if (value === undefined) return undefined;
    const parts = parseDecimal(String(value));
    if (parts === undefined || (typeof value === "number" && mayHaveLostDigits(value)))
      problems.error([...path, property], ...limitWords);
    else if (item.type === "integer" && parts.fraction !== "")
      problems.error(
        [...path, property],
        "must be a whole number, as the item is",
        "应为整数，与信息项类型一致",
      );
    return parts;
  });
  if (minimum !== undefined && maximum !== undefined && compareDecimals(minimum, maximum) > 0)
    problems.error([...path, "minimum"], "must be at most maximum", "应不大于 maximum");
}

export const limitWords = [
  "must be written in plain digits, in quotes",
  "应写成普通数字并加引号",
] as const;

/** What was written with more digits than any double keeps may have been another number. */
const mayHaveLostDigits = (value: number): boolean =>
  !Number.isSafeInteger(value) &&
  String(value).replace(/^[-0.]+|[-.]/g, "").length > EXACT_DECIMAL_DIGITS;

const EXACT_DECIMAL_DIGITS = 15;

function checkPattern(item: Item, path: ConfigPath, problems: ProblemList): void {
  if (item.pattern === undefined) return;
  try {
    new RegExp(item.pattern, "u");
  } catch {
    problems.error(
      [...path, "pattern"],
      "is not a regular expression (ECMAScript, u flag)",
      "不是有效的正则表达式（ECMAScript，u 标志）",
    );
  }
}

function checkFormat(item: Item, path: ConfigPath, problems: ProblemList): void {
  if (item.format === undefined || nationalFormat(item.format) !== undefined) return;
  reportUnknown(
    [...path, "format"],
    item.format,
    { en: "format", zh: "格式", known: formatNames },
    problems,
  );
}

function checkCodes(item: Item, path: ConfigPath, problems: ProblemList): void {
  if (item.codes === undefined) return;
  if (typeof item.codes === "string") {
    if (codeTable(item.codes) === undefined)
      reportUnknown(
        [...path, "codes"],
        item.codes,
        { en: "code table", zh: "代码表", known: [...codeTables.keys()] },
        problems,
      );
    return;
  }
  const seen = new Set<string>();
  for (const [index, { code }] of item.codes.entries()) {
    const at = [...path, "codes", index, "code"];
    if (seen.has(code)) problems.error(at, "this code is listed twice", "代码重复");
    if (item.maxLength !== undefined && [...code].length > item.maxLength)
      problems.error(at, "this code is longer than maxLength", "代码长度超过 maxLength");
    seen.add(code);
  }
}

/** Reports a name that refers to nothing, with the one that is meant or all that there are. */
export function reportUnknown(
  path: ConfigPath,
  name: string,
  what: { readonly en: string; readonly zh: string; readonly known: readonly string[] },
  problems: ProblemList,
): void {
  const { en, zh, known } = what;
  const meant = nearest(name, known);
  problems.error(
    path,
    `there is no ${en} of this name; ${meant === undefined ? `known: ${known.join(", ")}` : `did you mean ${meant}?`}`,
    `没有此名称的${zh}，${meant === undefined ? `可用：${known.join("、")}` : `是否应为 ${meant}？`}`,
  );
}
