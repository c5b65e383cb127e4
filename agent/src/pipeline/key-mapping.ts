import type { PipelineConfig } from "../config/site-config.ts";

/** Whether the key items are mapped from exactly the key columns, so that one source key is one record key. */
export function keyIsMappedAlone({ key, resource, map }: PipelineConfig): boolean {
  const columns = resource.key.map((item) => map.find((mapping) => mapping.item === item)?.from);
  const names = columns.map((from) => (from !== undefined && "column" in from ? from.column : ""));
  return names.length === key.length && key.every((name) => names.includes(name));
}
