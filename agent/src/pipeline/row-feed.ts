import { isDeepStrictEqual } from "node:util";
import { QianzhiError } from "@qianzhi/sdk";
import type { ColumnRequest, Source } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import type { RowFeed } from "./pipeline-run.ts";
import { sourceKeyOf } from "./row-text.ts";

/** The feed of a pipeline in mode native: of keys alone, where rows can be read again by them. */
export function rowFeed(
  source: Source,
  { mode, relation, key }: PipelineConfig,
  columns: readonly ColumnRequest[],
  signal: AbortSignal,
): { readonly feed?: RowFeed } {
  if (mode !== "native" || source.changes === undefined) return {};
  const namesKeysAlone = source.scan !== undefined;
  const asked = namesKeysAlone
    ? key.map((name) => columns.find((column) => column.name === name) ?? { name })
    : columns;
  const feed: RowFeed = {
    namesKeysAlone,
    canReadAll: namesKeysAlone || source.list !== undefined,
    read: (position) => source.changes!(relation, asked, position, signal),
    sourceKey: sourceKeyOf(key.map((name) => asked.findIndex((column) => column.name === name))),
  };
  return { feed };
}

/** Of a deleted row a feed tells the primary key alone. */
export function refuseOtherKey(
  { name, source: { kind } }: PipelineConfig,
  key: readonly string[],
  primary: readonly string[],
): void {
  if (primary.length === 0 || isDeepStrictEqual(key.toSorted(), primary.toSorted())) return;
  const feature = `mode: native, key: ${key.join(", ")} (${primary.join(", ")})`;
  throw new QianzhiError("QZ_READ_UNSUPPORTED", { pipeline: name, feature, kind });
}
