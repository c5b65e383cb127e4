import type { StatementCost } from "@qianzhi/sdk";
import type { Fragment } from "@qianzhi/sql";
import { numbered, typeOf, type Link } from "./connect.ts";
import { attempt } from "./probe.ts";

const declared = { NVarChar: "nvarchar(4000)", Float: "float", VarBinary: "varbinary(8000)" };

/**
 * The plan that the server would follow; nothing is run for it. Null for an account without SHOWPLAN. The values do not
 * count: a plan has to be good for all of them.
 */
export async function planCost(link: Link, statement: Fragment): Promise<StatementCost | null> {
  const { sql, params } = numbered(statement);
  const variables = params.map((value, at) => `@p${at + 1} ${declared[typeOf(value)]}`);
  const batch = variables.length === 0 ? sql : `DECLARE ${variables.join(", ")};\n${sql}`;
  if ((await attempt(link, "SET SHOWPLAN_XML ON")) === undefined) return null;
  try {
    const [plan] = (await attempt(link, batch)) ?? [];
    return typeof plan === "string" ? costOf(plan) : null;
  } finally {
    await attempt(link, "SET SHOWPLAN_XML OFF");
  }
}

/** An operator that reads a table or index, up to the name of what it reads. */
const reading =
  /<RelOp ([^>]*PhysicalOp="(?:Clustered )?(?:Index Seek|Index Scan|Table Scan)"[^>]*)>([\s\S]*?<Object [^>]*>)/g;

/** What a plan in the server's XML says of a page: its largest read, and whether rows are put in order. */
export function costOf(plan: string): StatementCost | null {
  const reads = [...plan.matchAll(reading)].map(([, operator = "", body = ""]) => {
    const rows = numberIn(operator, "EstimatedRowsRead") ?? numberIn(operator, "EstimateRows") ?? 0;
    const inOrder = /Index Seek"/.test(operator) || / Ordered="(?:1|true)"/.test(body);
    const index = / Index="\[([^"]*)\]"/.exec(body)?.[1] ?? null;
    return { rows: Math.round(rows), index: inOrder ? index : null };
  });
  const [largest] = reads.toSorted((one, other) => other.rows - one.rows);
  return largest === undefined ? null : { ...largest, sorts: / PhysicalOp="Sort"/.test(plan) };
}

function numberIn(attributes: string, name: string): number | undefined {
  const [, text] = new RegExp(` ${name}="([^"]*)"`).exec(` ${attributes}`) ?? [];
  return text === undefined ? undefined : Number(text);
}
