import { QianzhiError } from "@qianzhi/sdk";
import type { PositionValue, ScanRequest } from "@qianzhi/sdk";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import { toPosition } from "../pipeline/row-text.ts";
import {
  costOf,
  fullScan,
  isCostly,
  pollCosts,
  type PipelineCost,
} from "../pipeline/statement-cost.ts";
import type { Finding } from "./finding.ts";

/** Keys of one point read: what every adapter takes. */
const KEYS = 500;

/**
 * What each statement of a pipeline would cost its source. What would load it at every poll is a problem, unless the
 * configuration says that it is known; a few keys are read for the rest only where that is cheap.
 */
export async function checkCost(run: PipelineRun): Promise<readonly Finding[]> {
  const { config, source, signal } = run;
  // A listing costs what the relation holds: see `checkPipeline`.
  if (source.cost === undefined || config.mode === "replace") return [];
  const costs = [...(await pollCosts(run, await source.describe(config.relation, signal)))];
  if (!costs.some(isCostly)) costs.push(...(await sampledCosts(run)));
  return costs.map((each) => finding(run, each));
}

function finding(run: PipelineRun, each: PipelineCost): Finding {
  const { name, allowFullScan } = run.config;
  const subject = `pipeline ${name}`;
  if (isCostly(each))
    return { severity: allowFullScan ? "note" : "problem", subject, error: fullScan(run, each) };
  const { statement, cost } = each;
  const details = { pipeline: name, statement, rows: cost.rows, index: cost.index ?? "-" };
  return { severity: "note", subject, error: new QianzhiError("QZ_READ_COST", details) };
}

/** A poll from the end of the table and a point read, with values that are there. */
async function sampledCosts(run: PipelineRun): Promise<readonly PipelineCost[]> {
  const { request, source, signal, config, state } = run;
  const columns = request.columns.filter(({ name }) => request.order.includes(name));
  const sample = await source.scan?.({ ...request, columns, pageRows: KEYS }, signal);
  const place = (name: string): number => columns.findIndex((column) => column.name === name);
  const valuesOf = (row: readonly unknown[], names: readonly string[]) =>
    names.map((name) => toPosition(row[place(name)] as never) as PositionValue);
  const rows = sample?.rows ?? [];
  const last = rows.at(-1);
  if (last === undefined) return [];
  const costs: PipelineCost[] = [];
  if (config.mode === "cursor" && state.position === null) {
    const cursor = config.cursor ?? "";
    const newest = await source.maximum?.(config.relation, cursor, signal);
    const from = [newest ?? valuesOf(last, [cursor])[0]!, ...valuesOf(last, config.key)];
    costs.push(...(await costOf(run, "poll", { ...request, from, pageRows: 1 })));
  } else if (config.mode !== "cursor") {
    const from = valuesOf(last, request.order);
    costs.push(...(await costOf(run, "page", { ...request, from })));
  }
  const values = rows.map((row) => valuesOf(row, config.key));
  const keys: ScanRequest = {
    ...request,
    keys: { columns: config.key, values },
    pageRows: values.length * 2,
  };
  return [...costs, ...(await costOf(run, "keys", keys))];
}
