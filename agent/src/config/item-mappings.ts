import type { ConfigPath, FileProblems, Item, ResourceDescriptor } from "@qianzhi/sdk";
import { checkCharset } from "./check-charset.ts";
import { isOneToOne, type Dictionary } from "./dictionaries.ts";
import type { ItemMapping, TextCharset } from "./site-config.ts";
import { unknownName } from "./unknown-name.ts";

/** A mapping as the file has it: a column's name, or its parts. */
export type RawMapping =
  | string
  | (TextCharset & {
      readonly column?: string;
      readonly constant?: string | number | boolean;
      readonly trim?: boolean;
      readonly nulls?: readonly string[];
      readonly case?: "upper" | "lower";
      readonly normalise?: "NFC" | "NFKC";
      readonly dictionary?: string;
      readonly date?: string;
      readonly number?: {
        readonly group?: string;
        readonly decimal?: string;
        readonly units?: Readonly<Record<string, number>>;
      };
    });

export interface MappingContext {
  readonly resource: ResourceDescriptor;
  readonly dictionaries: ReadonlyMap<string, Dictionary>;
  readonly problems: FileProblems;
  /** Whether a part of the file has the right shape; what has not is reported already. */
  readonly isSound: (...path: ConfigPath) => boolean;
  /** The text of a plain value as it is written in the file, when YAML would read it as something else. */
  rewritten(path: ConfigPath): string | undefined;
}

/** Checks a pipeline's mapping against its resource, and completes it. */
export function readMappings(
  raw: Readonly<Record<string, RawMapping>>,
  path: ConfigPath,
  context: MappingContext,
): readonly ItemMapping[] {
  const { resource, problems } = context;
  const known = resource.items
    .filter(({ share }) => share !== "none")
    .map(({ identifier }) => identifier);
  const mappings = Object.entries(raw).flatMap(([identifier, value]) => {
    const at = [...path, identifier];
    const item = resource.items.find((candidate) => candidate.identifier === identifier);
    if (item === undefined) {
      unknownName(problems.misnamed, at, identifier, { en: "item", zh: "信息项", known });
      return [];
    }
    if (item.share === "none") {
      problems.misnamed(
        at,
        `${identifier} (${item.name}) has share none and never leaves the site; remove it`,
        `${item.name}（${identifier}）不予共享，不会外发，请删除此映射`,
      );
      return [];
    }
    if (!context.isSound(...at)) return [];
    return readMapping(item, typeof value === "string" ? { column: value } : value, at, context);
  });
  checkOneCharset(mappings, path, problems);
  checkComplete(raw, mappings, path, context);
  return mappings;
}

/** A column is read once, as one charset: which of two would be chance. */
function checkOneCharset(
  mappings: readonly ItemMapping[],
  path: ConfigPath,
  problems: FileProblems,
): void {
  const columns = new Map<string, ItemMapping>();
  for (const mapping of mappings) {
    if (mapping.charset === undefined || !("column" in mapping.from)) continue;
    const column = mapping.from.column.toLowerCase();
    const other = columns.get(column) ?? mapping;
    columns.set(column, other);
    if (textOf(other) !== textOf(mapping))
      problems.error(
        [...path, mapping.item, "charset"],
        `the column ${mapping.from.column} is ${textOf(other)} for ${other.item} already; one column has one charset`,
        `列 ${mapping.from.column} 在 ${other.item} 中已写为 ${textOf(other)}；同一列只能有一个字符集`,
      );
  }
}

const textOf = ({ charset = "", readAs }: TextCharset): string =>
  charset.toLowerCase() + (readAs === undefined ? "" : ` (readAs ${readAs})`);

function readMapping(
  item: Item,
  raw: Exclude<RawMapping, string>,
  path: ConfigPath,
  context: MappingContext,
): readonly ItemMapping[] {
  const { problems } = context;
  const { column, constant, dictionary: name, number, ...rest } = raw;
  if ((column === undefined) === (constant === undefined)) {
    problems.error(
      path,
      "needs either a column or a constant",
      "须写 column 或 constant，二者只写其一",
    );
    return [];
  }
  const ambiguous = constant === undefined ? undefined : context.rewritten([...path, "constant"]);
  if (ambiguous !== undefined)
    problems.error(
      [...path, "constant"],
      `write "${ambiguous}" in quotes, since YAML reads ${ambiguous} as ${String(constant)}`,
      `请写成 "${ambiguous}"（加引号），否则 YAML 会把 ${ambiguous} 读作 ${String(constant)}`,
    );
  const dictionary = name === undefined ? undefined : context.dictionaries.get(name);
  if (name !== undefined && dictionary === undefined)
    unknownName(problems.error, [...path, "dictionary"], name, {
      en: "dictionary",
      zh: "字典",
      known: [...context.dictionaries.keys()],
    });
  if (number?.group !== undefined && number.group === (number.decimal ?? "."))
    problems.error(
      [...path, "number"],
      "group and decimal must differ",
      "千位分隔符与小数点不能相同",
    );
  checkCharset(rest, path, problems);
  if (rest.date !== undefined) checkDatePattern(rest.date, [...path, "date"], problems);
  const mapping: ItemMapping = {
    ...rest,
    item: item.identifier,
    from: column === undefined ? { constant: constant ?? "" } : { column },
    trim: raw.trim ?? false,
    nulls: raw.nulls ?? [],
    ...(dictionary === undefined ? {} : { dictionary }),
    ...(number === undefined ? {} : { number: { decimal: ".", ...number } }),
  };
  if (context.resource.key.includes(item.identifier)) checkLossless(mapping, path, problems);
  return [mapping];
}

/** Other letters than those of the fields would be taken as they stand, and no value would match. */
function checkDatePattern(pattern: string, path: ConfigPath, problems: FileProblems): void {
  if (pattern === "excel") return;
  const rest = pattern.replace(/yyyy|MM?|dd?|HH?|mm|ss|T/g, "");
  if (rest === pattern || /[A-Za-z]/.test(rest))
    problems.error(
      path,
      "is no pattern of yyyy MM M dd d HH H mm ss; mind capital and small letters",
      "应由 yyyy MM M dd d HH H mm ss 组成，注意大小写",
    );
}

/** A key that loses something makes two rows one, or one row two: then a change reaches the wrong record. */
function checkLossless(mapping: ItemMapping, path: ConfigPath, problems: FileProblems): void {
  const lossy = [
    mapping.trim ? "trim" : undefined,
    mapping.nulls.length > 0 ? "nulls" : undefined,
    mapping.case === undefined ? undefined : "case",
    mapping.normalise === undefined ? undefined : "normalise",
    mapping.dictionary === undefined || isOneToOne(mapping.dictionary) ? undefined : "dictionary",
    mapping.date === undefined ? undefined : "date",
    mapping.number === undefined ? undefined : "number",
  ].filter((name) => name !== undefined);
  for (const name of lossy)
    problems.error(
      [...path, name],
      `${mapping.item} is part of the key and takes no lossy transform; remove ${name}${name === "dictionary" ? " or make it one-to-one without otherwise" : ""}`,
      `${mapping.item} 属于主键，不允许有损转换，请去掉 ${name}${name === "dictionary" ? "，或改为一一对应且不写 otherwise 的字典" : ""}`,
    );
}

function checkComplete(
  raw: Readonly<Record<string, unknown>>,
  mappings: readonly ItemMapping[],
  path: ConfigPath,
  context: MappingContext,
): void {
  const { resource, problems } = context;
  for (const { identifier, name, required, share } of resource.items) {
    if (identifier in raw || share === "none") continue;
    if (resource.key.includes(identifier))
      problems.misnamed(
        path,
        `${identifier} (${name}) is part of the key and must be mapped`,
        `${name}（${identifier}）属于主键，必须映射`,
      );
    else if (required === true)
      problems.misnamed(
        path,
        `${identifier} (${name}) is required and must be mapped`,
        `${name}（${identifier}）为必填项，必须映射`,
      );
  }
  const keys = mappings.filter(({ item }) => resource.key.includes(item));
  if (keys.length > 0 && keys.every(({ from }) => "constant" in from))
    problems.misnamed(
      path,
      "every part of the key is a constant, so all rows would be one record",
      "主键各项均为固定值，所有行会成为同一条记录",
    );
}
