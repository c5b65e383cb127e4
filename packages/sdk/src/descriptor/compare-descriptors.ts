import { defaultCrs } from "../canonical/geometry.ts";
import { parseDecimal } from "../canonical/plain-decimal.ts";
import { compareDecimals } from "../resource/checks.ts";
import { codesOf, isRequired } from "../resource/record-schema.ts";
import type { Item, ResourceDescriptor } from "./descriptor.ts";

/** One difference between two versions. Breaking: a record of the older version may not fit the newer. */
export interface DescriptorChange {
  readonly kind: "breaking" | "compatible";
  /** The property, `items.sex.codes`. */
  readonly path: string;
  readonly en: string;
  readonly zh: string;
}

export interface DescriptorComparison {
  readonly changes: readonly DescriptorChange[];
  /** How the version must rise: major for breaking changes, minor for a changed contract, patch for words only. */
  readonly bump: "major" | "minor" | "patch" | "none";
  /** False when the newer version does not rise that far. */
  readonly versionRises: boolean;
}

/** Says in words what changed between two versions of a resource, and how far its version must rise for that. */
export function compareDescriptors(
  older: ResourceDescriptor,
  newer: ResourceDescriptor,
): DescriptorComparison {
  const changes = [...compareResource(older, newer), ...compareItems(older, newer)];
  const isWording = changes.every(({ path }) => wording.test(path));
  const bump = changes.some(({ kind }) => kind === "breaking")
    ? "major"
    : changes.length === 0
      ? "none"
      : isWording
        ? "patch"
        : "minor";
  return { changes, bump, versionRises: rises(older.version, newer.version, bump) };
}

/** Paths of properties that only people read; an item may be called `name`, too. */
const wording =
  /^(?:name|abstract|publishedOn|relatedCodes|provider|open|share\.(?:condition|basis|method)|items\.\w+\.(?:codes\.)?(?:name|description))$/;

const breaking = (path: string, en: string, zh: string): DescriptorChange => ({
  kind: "breaking",
  path,
  en,
  zh,
});
const compatible = (path: string, en: string, zh: string): DescriptorChange => ({
  kind: "compatible",
  path,
  en,
  zh,
});

function compareResource(
  older: ResourceDescriptor,
  newer: ResourceDescriptor,
): readonly DescriptorChange[] {
  const changes: DescriptorChange[] = [];
  for (const property of ["identifier", "code"] as const)
    if (older[property] !== newer[property])
      changes.push(
        breaking(
          property,
          `${property} changed: it is another resource`,
          `${property} 已改变：成为另一资源`,
        ),
      );
  if (JSON.stringify([...older.key].sort()) !== JSON.stringify([...newer.key].sort()))
    changes.push(
      breaking("key", "the key changed: records are no longer matched", "键已改变：记录无法对应"),
    );
  if (older.share.type !== newer.share.type) {
    const ranks = ["none", "conditional", "unconditional"];
    const make =
      ranks.indexOf(newer.share.type) < ranks.indexOf(older.share.type) ? breaking : compatible;
    changes.push(
      make(
        "share.type",
        `shared ${newer.share.type} instead of ${older.share.type}`,
        `共享类型由 ${older.share.type} 改为 ${newer.share.type}`,
      ),
    );
  }
  for (const property of [
    "name",
    "abstract",
    "provider",
    "open",
    "updateCycle",
    "relatedCodes",
    "publishedOn",
  ] as const)
    if (JSON.stringify(older[property]) !== JSON.stringify(newer[property]))
      changes.push(compatible(property, `${property} changed`, `${property} 已改变`));
  for (const property of ["condition", "basis", "method", "until"] as const)
    if (older.share[property] !== newer.share[property])
      changes.push(
        compatible(`share.${property}`, `share.${property} changed`, `share.${property} 已改变`),
      );
  return changes;
}

function compareItems(
  older: ResourceDescriptor,
  newer: ResourceDescriptor,
): readonly DescriptorChange[] {
  const before = new Map(older.items.map((item) => [item.identifier, item]));
  const after = new Map(newer.items.map((item) => [item.identifier, item]));
  const gone = older.items
    .filter(({ identifier }) => !after.has(identifier))
    .map(({ identifier, share }) =>
      // Nobody has ever had an item that is not shared.
      (share === "none" ? compatible : breaking)(
        `items.${identifier}`,
        `the item ${identifier} is gone`,
        `删除了信息项 ${identifier}`,
      ),
    );
  const changed = newer.items.flatMap((item) => {
    const was = before.get(item.identifier);
    return was === undefined
      ? [addedItem(newer, item)]
      : compareItem(was, item, isRequired(older, was), isRequired(newer, item));
  });
  return [...gone, ...changed];
}

function addedItem(newer: ResourceDescriptor, item: Item): DescriptorChange {
  const path = `items.${item.identifier}`;
  return isRequired(newer, item) && item.share !== "none"
    ? breaking(
        path,
        `the required item ${item.identifier} is new`,
        `新增了必填信息项 ${item.identifier}`,
      )
    : compatible(
        path,
        `the optional item ${item.identifier} is new`,
        `新增了可选信息项 ${item.identifier}`,
      );
}

function compareItem(
  was: Item,
  is: Item,
  wasRequired: boolean,
  isNowRequired: boolean,
): readonly DescriptorChange[] {
  const path = `items.${is.identifier}`;
  const changes: DescriptorChange[] = [];
  const withheld = was.share === "none" && is.share === "none";
  const add = (property: string, narrower: boolean, en: string, zh: string): void =>
    void changes.push(
      (narrower && !withheld ? breaking : compatible)(`${path}.${property}`, en, zh),
    );
  if (wasRequired !== isNowRequired)
    add(
      "required",
      isNowRequired,
      isNowRequired ? "a value is now required" : "a value may now be absent",
      isNowRequired ? "改为必填" : "改为可空",
    );
  if (was.share !== is.share)
    add(
      "share",
      is.share === "none" || isNowRequired,
      is.share === "none" ? "may no longer be shared" : "may now be shared",
      is.share === "none" ? "改为不予共享" : "改为可共享",
    );
  for (const property of ["type", "format", "pattern", "scale", "fraction", "crs"] as const)
    if (valueOf(was, property) === valueOf(is, property)) continue;
    else if (!isDropped(property, is))
      add(
        property,
        true,
        `${property} changed: values are written or checked differently`,
        `${property} 已改变：取值的写法或检查不同`,
      );
    else add(property, false, `${property} is no longer checked`, `不再检查 ${property}`);
  for (const limit of limits) {
    const [before, after] = [valueOf(was, limit.property), valueOf(is, limit.property)];
    if (String(before) !== String(after)) {
      const narrower = isNarrower(before, after, limit.upper);
      add(
        limit.property,
        narrower,
        `${limit.property} is ${narrower ? "narrower" : "wider"}`,
        `${limit.property} ${narrower ? "收窄" : "放宽"}`,
      );
    }
  }
  compareCodes(was, is, add);
  for (const property of ["name", "description", "sensitivity"] as const)
    if (was[property] !== is[property])
      add(property, false, `${property} changed`, `${property} 已改变`);
  return changes;
}

/** What holds where an item does not say: to say it then changes nothing. */
const unsaid: Partial<Item> = { fraction: 0, crs: defaultCrs, minLength: 1 };

const valueOf = <P extends keyof Item>(item: Item, property: P): Item[P] | undefined =>
  item[property] ?? unsaid[property];

/** A check that is taken away widens the item; a type or scale cannot be taken away. */
const isDropped = (property: keyof Item, is: Item): boolean =>
  (property === "format" || property === "pattern") && is[property] === undefined;

const limits = [
  { property: "maxLength", upper: true },
  { property: "minLength", upper: false },
  { property: "precision", upper: true },
  { property: "maximum", upper: true },
  { property: "minimum", upper: false },
] as const;

function isNarrower(
  was: number | string | undefined,
  is: number | string | undefined,
  upper: boolean,
): boolean {
  if (is === undefined) return false;
  if (was === undefined) return true;
  const [before, after] = [parseDecimal(String(was)), parseDecimal(String(is))];
  if (before === undefined || after === undefined) return true;
  return upper ? compareDecimals(after, before) < 0 : compareDecimals(after, before) > 0;
}

function compareCodes(
  was: Item,
  is: Item,
  add: (property: string, narrower: boolean, en: string, zh: string) => void,
): void {
  const before = codesOf(was);
  const after = codesOf(is);
  if (before === undefined && after === undefined) return;
  if (after === undefined)
    return add("codes", false, "codes are no longer checked", "不再检查代码");
  if (before === undefined) return add("codes", true, "values must now be codes", "取值须为代码");
  const gone = [...before.keys()].filter((code) => !after.has(code));
  const added = [...after.keys()].filter((code) => !before.has(code));
  if (gone.length > 0)
    add("codes", true, `codes are gone: ${gone.join(", ")}`, `删除了代码：${gone.join("、")}`);
  if (added.length > 0)
    add("codes", false, `codes are new: ${added.join(", ")}`, `新增了代码：${added.join("、")}`);
  if (
    gone.length === 0 &&
    added.length === 0 &&
    JSON.stringify([...before]) !== JSON.stringify([...after])
  )
    add("codes.name", false, "the names of codes changed", "代码名称已改变");
}

function rises(older: string, newer: string, bump: DescriptorComparison["bump"]): boolean {
  const [was, is] = [older, newer].map((version) => version.split(".").map(Number));
  const difference = [0, 1, 2].map((part) => (is?.[part] ?? 0) - (was?.[part] ?? 0));
  const first = difference.findIndex((value) => value !== 0);
  if (first < 0) return bump === "none";
  return (difference[first] ?? 0) > 0 && first <= { major: 0, minor: 1, patch: 2, none: 2 }[bump];
}
