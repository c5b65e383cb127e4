import { canonicaliser, isRefused, maskValue, QianzhiError } from "@qianzhi/sdk";
import type {
  AdapterHost,
  Column,
  ColumnRequest,
  Item,
  JsonRecord,
  RawRow,
  RawValue,
  RefusalReason,
} from "@qianzhi/sdk";
import { latinBytes } from "../charset/latin.ts";
import type { ItemMapping, PipelineConfig, TextCharset } from "../config/site-config.ts";
import { composeTransforms, isMisfit, misfit, type Misfit, type Transform } from "./transforms.ts";

/** A row as a canonical record, or the reasons why it cannot be one, by item; what could be mapped stands beside them. */
export interface MappedRow {
  /** An item without a value is undefined. */
  readonly record: JsonRecord;
  /** Undefined for most rows. */
  readonly reasons: readonly RefusalReason[] | undefined;
}

export interface RowMapper {
  /** What to ask of the source, in this order: the mapped columns first, then order columns that are not mapped. */
  readonly columns: readonly ColumnRequest[];
  /** How many leading columns are mapped: the rest must not count as content. */
  readonly mappedColumns: number;
  map(row: RawRow): MappedRow;
}

/** The column of this name: exactly, else the only one that differs in case. */
export function columnNamed(columns: readonly Column[], name: string): Column | undefined {
  const exact = columns.find((column) => column.name === name);
  if (exact !== undefined) return exact;
  const caseless = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase());
  return caseless.length === 1 ? caseless[0] : undefined;
}

/** Says what the source has when a column that is needed is not there. */
export function findColumn(columns: readonly Column[], name: string, relation: string): Column {
  const found = columnNamed(columns, name);
  if (found !== undefined) return found;
  throw new QianzhiError("QZ_COLUMN_NOT_FOUND", {
    name: relation,
    column: name,
    columns: columns.map((column) => column.name),
  });
}

/**
 * Compiles the mapping of a pipeline against the columns of its relation. Items with share `none` are never mapped,
 * so that their columns are not even selected.
 */
export function compileMapper(
  pipeline: PipelineConfig,
  columns: readonly Column[],
  host: Pick<AdapterHost, "decode">,
): RowMapper {
  const relation = relationName(pipeline);
  const requests: ColumnRequest[] = [];
  const indexOf = (name: string, bytes: boolean): number => {
    const column = findColumn(columns, name, relation);
    const at = requests.findIndex((request) => request.name === column.name);
    if (at >= 0) return at;
    return requests.push(bytes ? { name: column.name, bytes } : { name: column.name }) - 1;
  };
  const steps = pipeline.map.flatMap((mapping) => {
    const item = pipeline.resource.items.find((candidate) => candidate.identifier === mapping.item);
    if (item === undefined || item.share === "none") return [];
    return [itemStep(item, mapping, { pipeline, columns, host, indexOf })];
  });
  // All members in identifier order, whether they get a value or not: one shape for every record, which costs far less than
  // to grow each member by member.
  steps.sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
  const blank = Object.fromEntries(steps.map(({ identifier }) => [identifier, undefined]));
  const mappedColumns = requests.length;
  for (const name of orderColumns(pipeline))
    indexOf(name, isReadAsBytes(textCharset(pipeline, columns, name)));
  return {
    columns: requests,
    mappedColumns,
    map(row) {
      const record: Record<string, unknown> = { ...blank };
      let reasons: RefusalReason[] | undefined;
      for (const step of steps) {
        const value = step.value(row);
        if (value === null) continue;
        if (isMisfit(value)) (reasons ??= []).push(reasonOf(step, value, row));
        else record[step.identifier] = value;
      }
      return { record, reasons };
    },
  };
}

/** The cursor first, then the key. */
export const orderColumns = (pipeline: PipelineConfig): readonly string[] =>
  pipeline.cursor === undefined
    ? pipeline.key
    : [pipeline.cursor, ...pipeline.key.filter((name) => name !== pipeline.cursor)];

export const relationName = ({ relation }: PipelineConfig): string =>
  "table" in relation ? relation.table.join(".") : "query";

/** What the bytes of a text column really are, when the declared charset is wrong: as item, pipeline or source say. */
function textCharset(
  pipeline: PipelineConfig,
  columns: readonly Column[],
  name: string,
): TextCharset | undefined {
  const relation = relationName(pipeline);
  const column = findColumn(columns, name, relation);
  if (column.type !== "text") return undefined;
  const mapped = pipeline.map.find(
    ({ from, charset }) =>
      charset !== undefined &&
      "column" in from &&
      findColumn(columns, from.column, relation) === column,
  );
  return [mapped, pipeline, pipeline.source].find((level) => level?.charset !== undefined);
}

/** The source is asked for the stored bytes, unless its driver only has texts. */
const isReadAsBytes = (text: TextCharset | undefined): boolean =>
  text !== undefined && text.readAs === undefined;

interface ItemStep {
  readonly identifier: string;
  readonly item: Item;
  /** The value as the source has it, when it can be shown. */
  raw(row: RawRow): RawValue;
  /** The canonical value, null for none, or a misfit. */
  value(row: RawRow): unknown;
}

/** `name (identifier): words [value]`, the value masked as its sensitivity asks. */
function reasonOf({ identifier, item, raw }: ItemStep, misfit: Misfit, row: RawRow): RefusalReason {
  const value = raw(row);
  const shown = value === null || value instanceof Uint8Array ? "" : ` [${maskValue(item, value)}]`;
  const { code, message } = misfit;
  return { item: identifier, code, message: `${item.name} (${identifier}): ${message}${shown}` };
}

/** Some program before us has put the replacement character where it could not read; nobody can tell what stood there. */
const lost = misfit("QZ_TEXT_LOST", "holds U+FFFD where a character was lost");

/** What the steps of one pipeline are compiled with. */
interface StepContext {
  readonly pipeline: PipelineConfig;
  readonly columns: readonly Column[];
  readonly host: Pick<AdapterHost, "decode">;
  /** Place of a column in the rows that will be asked for. */
  readonly indexOf: (name: string, bytes: boolean) => number;
}

function itemStep(
  item: Item,
  mapping: ItemMapping,
  { pipeline, columns, host, indexOf }: StepContext,
): ItemStep {
  const { identifier } = item;
  const canonical = canonicaliser(item, { offset: pipeline.source.offset });
  const transform = composeTransforms(mapping);
  const finish = (raw: RawValue): unknown => {
    const value = transform === undefined ? raw : transform(raw);
    if (isMisfit(value)) return value;
    if (typeof value === "string" && value.includes("\ufffd")) return lost;
    const result = canonical(value);
    return isRefused(result) ? misfit(result.code, result.problem) : result;
  };
  if ("constant" in mapping.from) {
    const given = mapping.from.constant;
    const constant = finish(given);
    return { identifier, item, raw: () => given, value: () => constant };
  }
  const { column } = mapping.from;
  const text = textCharset(pipeline, columns, column);
  const index = indexOf(column, isReadAsBytes(text));
  const raw = (row: RawRow): RawValue => row[index] ?? null;
  if (text === undefined) return { identifier, item, raw, value: (row) => finish(raw(row)) };
  const decode = textDecoder(text, column, host);
  return {
    identifier,
    item,
    raw,
    value(row) {
      const decoded = decode(raw(row));
      return isMisfit(decoded) ? decoded : finish(decoded);
    },
  };
}

/** Makes the text of what the source handed over; another than a text stays what it is. */
function textDecoder(
  { charset = "", readAs }: TextCharset,
  column: string,
  host: Pick<AdapterHost, "decode">,
): Transform {
  const invalid = misfit("QZ_CHARSET_INVALID", `not valid ${charset}`);
  return (value) => {
    // Taken as it is, a misread text would pass for a good one.
    if (typeof value === "string" && readAs === undefined)
      throw new QianzhiError("QZ_BYTES_MISSING", { column, charset });
    const bytes = typeof value === "string" ? latinBytes(value) : value;
    if (bytes === undefined) return invalid;
    if (!(bytes instanceof Uint8Array)) return bytes;
    try {
      return host.decode(bytes, charset);
    } catch (error) {
      if (QianzhiError.is(error) && error.code === "QZ_CHARSET_INVALID") return invalid;
      throw error;
    }
  };
}
