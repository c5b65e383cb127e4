import type { RelationDescription, ScanRequest, StatementCost } from "@qianzhi/sdk";
import type { Dialect } from "./dialect.ts";
import { findColumn, fromClause } from "./relation.ts";

/**
 * The cost of a page from the plan of its statement: an index that gives the order is left where the page ends, which
 * plans do not count in. Where a table is read whole or sorted, with the index that would mend it.
 */
export function pageCost(
  plan: StatementCost,
  request: ScanRequest,
  description: RelationDescription,
  dialect: Dialect,
): StatementCost {
  const isOrdered = request.keys === undefined && request.nulls === undefined;
  if (plan.index !== null && !plan.sorts)
    return isOrdered ? { ...plan, rows: Math.min(plan.rows, request.pageRows + 1) } : plan;
  const columns = request.keys?.columns ?? request.nulls ?? request.order;
  const suggestion = indexOn(columns, request, description, dialect);
  return suggestion === undefined ? plan : { ...plan, suggestion };
}

function indexOn(
  names: readonly string[],
  { relation }: ScanRequest,
  description: RelationDescription,
  dialect: Dialect,
): string | undefined {
  if (!("table" in relation) || description.kind !== "table" || names.length === 0)
    return undefined;
  const columns = names.map((name) => findColumn(description, name));
  const quoted = columns.map(({ name }) => dialect.quote(name));
  // A column that is ordered by an expression of it is helped by no plain index.
  if (columns.some((column, at) => dialect.order(column, false).sql !== quoted[at]))
    return undefined;
  const name = ["qz", relation.table.at(-1), ...columns.map((column) => column.name)].join("_");
  return `CREATE INDEX ${dialect.quote(name.slice(0, MAX_NAME))} ON ${fromClause(relation, dialect)} (${quoted.join(", ")})`;
}

/** What the shortest of the databases takes. */
const MAX_NAME = 30;
