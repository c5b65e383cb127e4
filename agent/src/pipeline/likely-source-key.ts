import type { Column, ColumnRequest, JsonRecord } from "@qianzhi/sdk";
import type { ItemMapping, PipelineConfig } from "../config/site-config.ts";

/**
 * The source key that a row of a record key has if there is one, where the key is taken over as it is; undefined where
 * only reading the rows can tell: padded columns, transforms, other types.
 */
export function likelySourceKey(
  { key, map, resource, charset, source }: PipelineConfig,
  columns: readonly Column[],
  requests: readonly ColumnRequest[],
): (recordKey: string) => string | undefined {
  const items = key.map((name) => {
    const type = columns.find((column) => column.name === name);
    const isBytes = requests.some((request) => request.name === name && request.bytes === true);
    const mapping = map.find(
      ({ item, from }) =>
        resource.key.includes(item) &&
        "column" in from &&
        from.column.toLowerCase() === name.toLowerCase(),
    );
    const isPlain =
      mapping !== undefined &&
      isTakenOver(mapping) &&
      !isBytes &&
      (charset ?? source.charset) === undefined;
    return isPlain && type !== undefined && !isPadded(type)
      ? { item: mapping.item, type: type.type }
      : undefined;
  });
  return (recordKey) => {
    const record = JSON.parse(recordKey) as JsonRecord;
    const values = items.map((item) => {
      const value = item === undefined ? undefined : record[item.item];
      if (item?.type === "text" && typeof value === "string") return value;
      if (item?.type !== "integer") return undefined;
      return typeof value === "number" || isWhole(value) ? Number(value) : undefined;
    });
    return values.length === 0 || values.includes(undefined) ? undefined : JSON.stringify(values);
  };
}

const isTakenOver = (mapping: ItemMapping): boolean =>
  !mapping.trim &&
  mapping.nulls.length === 0 &&
  [
    mapping.case,
    mapping.normalise,
    mapping.dictionary,
    mapping.date,
    mapping.number,
    mapping.charset,
  ].every((transform) => transform === undefined);

/** Some databases compare such a column with a text of its own length alone. */
const isPadded = ({ native }: Column): boolean =>
  /^(?:n?char|bpchar|character)(?!.*varying)\b/i.test(native);

const isWhole = (value: unknown): boolean =>
  typeof value === "string" && /^-?(?:0|[1-9]\d{0,14})$/.test(value);
