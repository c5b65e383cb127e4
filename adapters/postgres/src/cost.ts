import type { StatementCost } from "@qianzhi/sdk";

/** The part of EXPLAIN (FORMAT JSON) that is used here. */
interface PlanNode {
  readonly "Node Type": string;
  readonly "Plan Rows"?: number;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

/**
 * What EXPLAIN says of a statement. A sequential scan tells how many rows are left of it, not how many it reads: those
 * are the table's. An incremental sort puts rows in order that are equal in what the index gives, and is none here.
 *
 * @param tableRows The relation's own estimate, where there is one.
 */
export function costOf(answer: unknown, tableRows: number | undefined): StatementCost | null {
  const parsed: unknown = typeof answer === "string" ? JSON.parse(answer) : answer;
  const root = (parsed as readonly { readonly Plan?: PlanNode }[] | null)?.[0]?.Plan;
  if (root === undefined) return null;
  const nodes = [...nodesOf(root)];
  const reads = nodes.flatMap((node): Omit<StatementCost, "sorts">[] => {
    const rows = node["Plan Rows"] ?? 0;
    if (node["Index Name"] !== undefined) return [{ rows, index: node["Index Name"] }];
    return node["Node Type"] === "Seq Scan"
      ? [{ rows: Math.max(rows, tableRows ?? 0), index: null }]
      : [];
  });
  const [largest] = reads.toSorted((one, other) => other.rows - one.rows);
  const sorts = nodes.some((node) => node["Node Type"] === "Sort");
  return largest === undefined ? null : { ...largest, sorts };
}

function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.Plans ?? []) yield* nodesOf(child);
}
