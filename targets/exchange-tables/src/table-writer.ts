import { QianzhiError, type ResourceDescriptor } from "@qianzhi/sdk";
import type { TableFacts } from "./describe-table.ts";
import type { Engine, InsertColumn } from "./engine/engine.ts";
import { planTable } from "./plan-table.ts";
import type { Profile } from "./profile.ts";
import { compileRow } from "./row-cells.ts";

/** What writes the rows of a resource into its table as it is. */
export interface TableWriter {
  readonly table: string;
  readonly columns: readonly InsertColumn[];
  readonly rowOf: ReturnType<typeof compileRow>;
}

/**
 * Plans how rows are written, and keeps it while the table and the resource are what they were: what is made anew for every
 * batch is run slowly each time until it has been optimized. Throws what keeps every row from being written.
 */
export function tableWriters(
  engine: Engine,
  profile: Profile,
): (facts: TableFacts, resource: ResourceDescriptor) => TableWriter {
  const kept = new Map<string, Kept>();
  return (facts, resource) => {
    const columns = JSON.stringify([...facts.columns.values()]);
    const before = kept.get(facts.name);
    if (before?.columns === columns && before.resource === resource) return before.writer;
    const { plan, problems } = planTable(facts, { engine, profile, resource });
    const [problem] = problems;
    if (problem !== undefined) throw problem;
    if (plan === undefined)
      throw new QianzhiError("QZ_INTERNAL", { problem: "a table without plan" });
    const writer = { table: plan.table, columns: plan.columns, rowOf: compileRow(plan) };
    kept.set(facts.name, { columns, resource, writer });
    return writer;
  };
}

interface Kept {
  /** The table's columns as JSON. */
  readonly columns: string;
  readonly resource: ResourceDescriptor;
  readonly writer: TableWriter;
}
