import { QianzhiError } from "@qianzhi/sdk";
import type { RelationDescription, Source } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";

/**
 * The relation of a pipeline as its source describes it. A listing promises nothing of what is never NULL, so that its
 * key columns are asked for it whatever is said.
 */
export async function describeRelation(
  config: PipelineConfig,
  source: Source,
  signal: AbortSignal,
): Promise<RelationDescription> {
  refuseUnsupported(config, source);
  const description = await source.describe(config.relation, signal);
  if (source.scan !== undefined) return description;
  const columns = description.columns.map((column) => ({ ...column, nullable: true }));
  return { ...description, columns };
}

/** Throws QZ_READ_UNSUPPORTED where a pipeline asks for more than its source can do. */
function refuseUnsupported(
  { name, mode, where, deletedWhen, source: { kind } }: PipelineConfig,
  source: Source,
): void {
  const { scan } = source;
  const feature = [
    ...(serves[mode](source) ? [] : [`mode: ${mode}`]),
    ...(where === undefined || scan !== undefined ? [] : ["where"]),
    ...(deletedWhen === undefined || scan !== undefined ? [] : ["deletedWhen"]),
  ];
  if (feature.length > 0)
    throw new QianzhiError("QZ_READ_UNSUPPORTED", { pipeline: name, feature, kind });
}

/** Whether a source has the reads that a mode needs. */
const serves: Readonly<Record<PipelineConfig["mode"], (source: Source) => boolean>> = {
  cursor: ({ scan }) => scan !== undefined,
  diff: ({ scan, list }) => scan !== undefined || list !== undefined,
  replace: ({ list }) => list !== undefined,
  native: ({ changes }) => changes !== undefined,
};
