import { QianzhiError } from "@qianzhi/sdk";
import type { Column, RelationDescription } from "@qianzhi/sdk";
import type { ItemMapping, PipelineConfig } from "../config/site-config.ts";
import { columnNamed, findColumn, relationName } from "./map.ts";
import { refuseOtherKey } from "./row-feed.ts";

/**
 * Without a declared key, the relation's own. Names as the source spells them, those that the record key is mapped from
 * included: `id` and `ID` are one column to most servers, and two keys to whoever compares them.
 */
export function withKey(config: PipelineConfig, description: RelationDescription): PipelineConfig {
  const names = config.key.length > 0 ? config.key : description.key;
  // There the key only names rows to people.
  const ordersRows = config.mode !== "replace";
  if (names.length === 0 && ordersRows)
    throw new QianzhiError("QZ_KEY_UNDECLARED", {
      pipeline: config.name,
      name: relationName(config),
    });
  const key = names.map((name) => {
    const column = findColumn(description.columns, name, relationName(config));
    if (ordersRows) refuseUnordered(column);
    return column.name;
  });
  if (config.mode === "native") refuseOtherKey(config, key, description.key);
  const map = config.map.map((mapping) =>
    config.resource.key.includes(mapping.item) ? spelled(mapping, description.columns) : mapping,
  );
  return { ...config, key, map };
}

/** A column that is not there is told by whoever reads it. */
function spelled(mapping: ItemMapping, columns: readonly Column[]): ItemMapping {
  if (!("column" in mapping.from)) return mapping;
  const named = columnNamed(columns, mapping.from.column);
  return named === undefined ? mapping : { ...mapping, from: { column: named.name } };
}

function refuseUnordered(column: Column): void {
  if (
    column.type === "other" ||
    column.type === "json" ||
    column.type === "geometry" ||
    column.type === "double"
  )
    throw new QianzhiError("QZ_CURSOR_TYPE", { column: column.name, type: column.native });
}
