import { QianzhiError } from "@qianzhi/sdk";
import type { RelationDescription, ScanRequest, StatementCost } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { relationName } from "./map.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import type { PipelineMemory } from "./quiet-poll.ts";
import { nullableColumns, nullsRequest } from "./read-nulls.ts";

/** What one of the statements of a pipeline would touch, by the source's own estimate. */
export interface PipelineCost {
  /** A `page` of a load or comparison, the `poll` of an unchanged table, the search for `nulls`, 500 `keys` read again. */
  readonly statement: "page" | "poll" | "nulls" | "keys";
  readonly columns: readonly string[];
  readonly cost: StatementCost;
}

/** Rows from which on a scan or sort at every poll is a load that somebody must have agreed to. */
export const LARGE_ROWS = 100_000;

export const isCostly = ({ statement, cost }: PipelineCost): boolean =>
  statement !== "keys" && cost.rows > LARGE_ROWS;

/** A pipeline that has loaded its table reads no page from the start again: what one would cost is no concern then. */
const onlyPolls = ({ config, state, fingerprint }: PipelineRun): boolean =>
  config.mode === "cursor" &&
  state.position !== null &&
  !state.fullPass &&
  !state.resync &&
  state.fingerprint === fingerprint;

/**
 * The statements that the next polls run, as they will be run: a page from the start, or the same from where the
 * pipeline is, and the search for rows that stand nowhere in the order. Nothing is read.
 */
export async function pollCosts(
  run: PipelineRun,
  description: RelationDescription,
): Promise<readonly PipelineCost[]> {
  const { request, state } = run;
  const nulls = nullableColumns(run, description);
  const requests: readonly (readonly [PipelineCost["statement"], ScanRequest])[] = [
    onlyPolls(run)
      ? ["poll", { ...request, from: state.position ?? [], pageRows: 1 }]
      : ["page", request],
    ...(nulls.length === 0 ? [] : [["nulls", nullsRequest(request, nulls)] as const]),
  ];
  const costs: PipelineCost[] = [];
  for (const [statement, asked] of requests) costs.push(...(await costOf(run, statement, asked)));
  return costs;
}

export async function costOf(
  { source, signal }: PipelineRun,
  statement: PipelineCost["statement"],
  request: ScanRequest,
): Promise<readonly PipelineCost[]> {
  const cost = await source.cost?.(request, signal);
  const columns = request.keys?.columns ?? request.nulls ?? request.order;
  return cost === undefined || cost === null ? [] : [{ statement, columns, cost }];
}

export const fullScan = (
  { config, relationName: name }: PipelineRun,
  { statement, columns, cost }: PipelineCost,
): QianzhiError =>
  new QianzhiError("QZ_FULL_SCAN", {
    pipeline: config.name,
    name,
    statement,
    rows: cost.rows,
    order: columns,
    suggestion: cost.suggestion === undefined ? "-" : `${cost.suggestion};`,
  });

/** Why a pipeline in mode replace should not read so much at every run; undefined where it is little. */
export const largeListing = (
  config: PipelineConfig,
  { estimatedRows: rows = 0 }: RelationDescription,
): QianzhiError | undefined =>
  rows <= LARGE_ROWS
    ? undefined
    : new QianzhiError("QZ_LISTING_LARGE", {
        pipeline: config.name,
        name: relationName(config),
        rows,
      });

/** Throws QZ_FULL_SCAN for a pipeline whose polls would load its source; asked once for each shape of the relation. */
export async function refuseCostly(
  run: PipelineRun,
  description: RelationDescription,
  memory: PipelineMemory,
): Promise<void> {
  const { config } = run;
  if (config.allowFullScan || run.source.cost === undefined) return;
  const { columns, key, indexes, estimatedRows } = description;
  // What is small by the source's own word is not asked about.
  if (estimatedRows !== undefined && estimatedRows <= LARGE_ROWS && description.kind === "table")
    return;
  const shape = JSON.stringify([onlyPolls(run), run.relationName, columns, key, indexes]);
  if (memory.affordable === shape) return;
  const costly = (await pollCosts(run, description)).find(isCostly);
  if (costly !== undefined) throw fullScan(run, costly);
  memory.affordable = shape;
}
