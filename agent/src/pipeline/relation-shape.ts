import type { Column, ColumnType, Item, RelationDescription, Worded } from "@qianzhi/sdk";
import type { ItemMapping, PipelineConfig } from "../config/site-config.ts";
import type { RelationShape } from "../state/relation-shapes.ts";
import { plainMapping } from "./fingerprint.ts";
import { orderColumns } from "./map.ts";
import type { KeyedHash } from "./row-hash.ts";

/** The relation as it is, and what the pipeline uses of it. */
export function shapeOf(
  config: PipelineConfig,
  { columns }: Pick<RelationDescription, "columns">,
  keyed: KeyedHash,
): RelationShape {
  return {
    columns: columns.map(({ name, type, native, labels }) => ({
      name,
      type,
      native,
      ...(labels === undefined ? {} : { labels }),
    })),
    uses: Object.fromEntries(
      namedColumns(config).map((name) => {
        const { orders, feeds } = useOf(config, name);
        const plain = feeds.map(([mapping, item]) => [plainMapping(mapping), item]);
        return [name, keyed(JSON.stringify({ orders, feeds: plain }))];
      }),
    ),
  };
}

/**
 * Which columns of a relation are not what they were and cannot be read as they were. A column whose use has changed
 * since was looked at by a person; what the pipeline does not use may come, go and change.
 */
export function driftOf(
  config: PipelineConfig,
  before: RelationShape,
  now: RelationShape,
): readonly Worded[] {
  return namedColumns(config).flatMap((name) => {
    const was = columnNamed(before, name);
    if (was === undefined || before.uses[name] !== now.uses[name]) return [];
    const is = columnNamed(now, name);
    if (is === undefined) return [goneColumn(was, before, now)];
    if (was.type === is.type || !isDeclaredAnew(was, is)) return [];
    if (fits(config, name, was.type, is.type)) return [];
    return [
      {
        en: `column ${is.name}: ${was.native} → ${is.native}`,
        zh: `列 ${is.name}：${was.native} → ${is.native}`,
      },
    ];
  });
}

/** A type that nobody declared is told from the rows that happen to be there, and changes with them. */
const isDeclaredAnew = (was: ShapeColumn, is: ShapeColumn): boolean =>
  was.native !== "" && is.native !== "" && was.native !== is.native;

/** With the new columns of the same type: one of them may be the old one under another name. */
function goneColumn(
  { name, type, native }: ShapeColumn,
  before: RelationShape,
  now: RelationShape,
): Worded {
  const known = new Set(before.columns.map((column) => column.name));
  const alike = now.columns.filter((column) => !known.has(column.name) && column.type === type);
  const names = alike.map((column) => `${column.name} (${column.native})`).join(", ");
  return {
    en: `column ${name} (${native}) is gone${names === "" ? "" : `; new there: ${names}`}`,
    zh: `列 ${name}（${native}）已消失${names === "" ? "" : `；新出现的列：${names}`}`,
  };
}

type ShapeColumn = Pick<Column, "name" | "type" | "native">;

function columnNamed({ columns }: RelationShape, name: string): ShapeColumn | undefined {
  const caseless = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase());
  return (
    columns.find((column) => column.name === name) ??
    (caseless.length === 1 ? caseless[0] : undefined)
  );
}

/** Columns that rows are ordered by, and those that items that leave are fed from. */
const namedColumns = (config: PipelineConfig): readonly string[] => [
  ...new Set([
    ...orderColumns(config),
    ...config.map.flatMap(({ item, from }) =>
      "column" in from && isShared(config, item) ? [from.column] : [],
    ),
  ]),
];

const isShared = ({ resource }: PipelineConfig, identifier: string): boolean =>
  resource.items.some((item) => item.identifier === identifier && item.share !== "none");

interface Use {
  readonly orders: boolean;
  readonly feeds: readonly (readonly [ItemMapping, Item])[];
}

function useOf(config: PipelineConfig, name: string): Use {
  const feeds = config.map.flatMap((mapping) => {
    const item = config.resource.items.find(({ identifier }) => identifier === mapping.item);
    const isFed = "column" in mapping.from && mapping.from.column === name;
    return isFed && item !== undefined && item.share !== "none" ? [[mapping, item] as const] : [];
  });
  return { orders: orderColumns(config).includes(name), feeds };
}

/** Types of a column that an item takes the same values from, when nothing is done with them on the way. */
const alike: readonly {
  readonly items: readonly Item["type"][];
  readonly columns: readonly ColumnType[];
}[] = [
  { items: ["integer", "decimal"], columns: ["integer", "decimal"] },
  { items: ["boolean"], columns: ["boolean", "integer"] },
];
const digits: readonly ColumnType[] = ["integer", "decimal"];

function fits(config: PipelineConfig, name: string, was: ColumnType, is: ColumnType): boolean {
  const { orders, feeds } = useOf(config, name);
  return (
    !orders &&
    feeds.every(
      ([mapping, { type }]) =>
        isPlain(mapping) &&
        (alike.some(
          ({ items, columns }) =>
            items.includes(type) && columns.includes(was) && columns.includes(is),
        ) ||
          // The digits of a number are its text.
          ((type === "string" || type === "text") && digits.includes(was) && is === "text")),
    )
  );
}

const isPlain = ({ trim, nulls, case: letters, normalise, ...rest }: ItemMapping): boolean =>
  !trim &&
  nulls.length === 0 &&
  letters === undefined &&
  normalise === undefined &&
  rest.dictionary === undefined &&
  rest.date === undefined &&
  rest.number === undefined &&
  rest.charset === undefined;
