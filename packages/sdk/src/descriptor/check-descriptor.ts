import { startsWithDay } from "../canonical/calendar.ts";
import { nationalFormats } from "../formats/national-formats.ts";
import { checkSchema } from "../yaml/check-schema.ts";
import type { ConfigPath, ProblemList } from "../yaml/problems.ts";
import { checkItem, reportUnknown } from "./check-item.ts";
import { itemTypes, type Item, type ResourceDescriptor } from "./descriptor.ts";
import { descriptorSchema } from "./descriptor-schema.ts";

/** Front parts shorter than this are too coarse for a data set; catalogs send them back. */
const usualCodeLength = 9;

/** Types whose values do not identify a record: texts of one value may differ there, or be large. */
const noKeyTypes: readonly Item["type"][] = ["double", "json", "geometry", "binary"];

/** Reports everything that is wrong with a descriptor: its shape, and what hangs together where the shape holds. */
export function checkDescriptor(value: unknown, problems: ProblemList): void {
  const broken = checkSchema(value, descriptorSchema, problems);
  const isSound = (...path: ConfigPath): boolean =>
    !broken.some((place) =>
      path.every((step, depth) => depth >= place.length || place[depth] === step),
    );
  if (broken.some((place) => place.length === 0)) return;
  const descriptor = value as ResourceDescriptor;
  if (isSound("code") && isSound("provider")) checkIdentity(descriptor, problems);
  if (isSound("share")) checkShare(descriptor, problems);
  if (broken.some((place) => place[0] === "items" && place.length === 1)) return;
  const items = [...descriptor.items.entries()].filter(([index]) => isSound("items", index));
  checkIdentifiers(items, problems);
  const areNamed = descriptor.items.every((_, index) => isSound("items", index, "identifier"));
  if (isSound("key") && areNamed) checkKey(descriptor, problems);
  for (const [index, item] of items)
    if (itemTypes.includes(item.type)) checkItem(item, ["items", index], problems);
}

function checkIdentity(
  { code, provider, publishedOn }: ResourceDescriptor,
  problems: ProblemList,
): void {
  if (code.indexOf("/") < usualCodeLength)
    problems.warn(
      ["code"],
      `the part before the slash is short (usual: ${usualCodeLength} digits or more)`,
      `斜杠前的代码偏短（通常不少于 ${usualCodeLength} 位）`,
    );
  if (nationalFormats.uscc.check(provider.code) === "wrong")
    problems.warn(
      ["provider", "code"],
      "the check character of this credit code is wrong",
      "统一社会信用代码的校验位不正确",
    );
  checkDay(["publishedOn"], publishedOn, problems);
}

function checkDay(path: ConfigPath, day: string | undefined, problems: ProblemList): void {
  if (day !== undefined && /^\d{4}-\d\d-\d\d$/.test(day) && !startsWithDay(day))
    problems.error(path, "there is no such day", "没有这一天");
}

function checkShare({ share }: ResourceDescriptor, problems: ProblemList): void {
  checkDay(["share", "until"], share.until, problems);
  if (share.type === "conditional" && share.condition === undefined)
    problems.misnamed(
      ["share"],
      "condition is missing: a conditional share says on what condition",
      "缺少 condition：有条件共享须写明共享条件",
    );
  if (share.type === "none" && share.basis === undefined)
    problems.misnamed(
      ["share"],
      "basis is missing: what is not shared names its legal basis",
      "缺少 basis：不予共享须写明法律依据",
    );
}

function checkIdentifiers(
  items: readonly (readonly [number, Item])[],
  problems: ProblemList,
): void {
  const seen = new Set<string>();
  for (const [index, { identifier }] of items) {
    if (seen.has(identifier))
      problems.error(
        ["items", index, "identifier"],
        `the identifier ${identifier} is used twice`,
        `标识符 ${identifier} 重复`,
      );
    seen.add(identifier);
  }
}

function checkKey({ key, items }: ResourceDescriptor, problems: ProblemList): void {
  for (const [index, identifier] of key.entries()) {
    const path = ["key", index];
    const item = items.find((candidate) => candidate.identifier === identifier);
    if (item === undefined)
      reportUnknown(
        path,
        identifier,
        { en: "item", zh: "信息项", known: items.map((each) => each.identifier) },
        problems,
      );
    else if (item.share === "none")
      problems.error(
        path,
        `${identifier} may not be shared, and a key must`,
        `${identifier} 不予共享，不能作键`,
      );
    else if (item.required === false)
      problems.error(
        path,
        `${identifier} says required: false, and a key is never empty`,
        `${identifier} 声明了 required: false，而键不能为空`,
      );
    else if (noKeyTypes.includes(item.type))
      problems.error(
        path,
        `${identifier} is of type ${item.type}, which does not identify a record`,
        `${identifier} 为 ${item.type} 类型，不能标识记录`,
      );
    if (key.indexOf(identifier) !== index)
      problems.error(path, `${identifier} stands twice in the key`, `${identifier} 在键中重复`);
  }
}
