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
import type { ItemMapping, PipelineConfig } from "../config/site-config.ts";
import { composeTransforms, isMisfit, misfit, type Misfit } from "./transforms.ts";

/** A row as a canonical record, or the reasons why it cannot be one, by item; what could be mapped stands beside them. */
export interface MappedRow {
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

/** Says what the source has when a column that is needed is not there. */
export function findColumn(columns: readonly Column[], name: string, relation: string): Column {
  const found = columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  const caseless = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase());
  if (caseless.length === 1 && caseless[0] !== undefined) return caseless[0];
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
  // Members in identifier order give every record one shape, and the encoder its order.
  steps.sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
  const mappedColumns = requests.length;
  for (const name of orderColumns(pipeline))
    indexOf(name, textCharset(pipeline, columns, name) !== undefined);
  return {
    columns: requests,
    mappedColumns,
    map(row) {
      const record: Record<string, unknown> = {};
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

/** The charset in which a text column must be decoded here, when the declared one is wrong. */
function textCharset(
  pipeline: PipelineConfig,
  columns: readonly Column[],
  name: string,
): string | undefined {
  const mapped = pipeline.map.find(
    ({ from, charset }) => "column" in from && from.column === name && charset !== undefined,
  );
  const column = columns.find((candidate) => candidate.name === name);
  return column?.type === "text" ? (mapped?.charset ?? pipeline.source.charset) : undefined;
}

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
    const result = canonical(value);
    return isRefused(result) ? misfit(result.code, result.problem) : result;
  };
  if ("constant" in mapping.from) {
    const given = mapping.from.constant;
    const constant = finish(given);
    return { identifier, item, raw: () => given, value: () => constant };
  }
  const charset = textCharset(pipeline, columns, mapping.from.column);
  const index = indexOf(mapping.from.column, charset !== undefined);
  const raw = (row: RawRow): RawValue => row[index] ?? null;
  if (charset === undefined) return { identifier, item, raw, value: (row) => finish(raw(row)) };
  return {
    identifier,
    item,
    raw,
    value(row) {
      const bytes = raw(row);
      if (!(bytes instanceof Uint8Array)) return finish(bytes);
      try {
        return finish(host.decode(bytes, charset));
      } catch (error) {
        if (QianzhiError.is(error) && error.code === "QZ_CHARSET_INVALID")
          return misfit(error.code, `not valid ${charset}`);
        throw error;
      }
    },
  };
}
