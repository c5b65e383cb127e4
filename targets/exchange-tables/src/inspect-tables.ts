import { QianzhiError, type ResourceDescriptor } from "@qianzhi/sdk";
import { describeTable, type TableFacts } from "./describe-table.ts";
import type { Engine, Session } from "./engine/engine.ts";
import { ledgerTables } from "./ledger.ts";
import type { TablesOptions } from "./options.ts";
import { planTable } from "./plan-table.ts";
import { tableOf, type Feedback, type Profile } from "./profile.ts";

export interface Inspecting {
  readonly session: Session;
  readonly engine: Engine;
  readonly options: TablesOptions;
  readonly profile: Profile;
}

/**
 * Compares the tables that are there with what the profile and the descriptors want, and tries the rights: by statements
 * that touch no row. Outside a transaction, since PostgreSQL ends one at the first error.
 */
export async function inspectTables(
  inspecting: Inspecting,
  resources: readonly ResourceDescriptor[],
): Promise<readonly QianzhiError[]> {
  const found: QianzhiError[] = [];
  const look = async (work: () => Promise<readonly QianzhiError[]>): Promise<void> => {
    try {
      found.push(...(await work()));
    } catch (error) {
      if (!QianzhiError.is(error) || error.recovery !== "pause-pipeline") throw error;
      found.push(error);
    }
  };
  for (const table of ledgerTables)
    await look(async () => {
      const { session, engine, options } = inspecting;
      await mayWrite(inspecting, await describeTable(session, engine, options, table.name), [
        "INSERT",
        "UPDATE",
      ]);
      return [];
    });
  for (const resource of resources) await look(() => inspectResource(inspecting, resource));
  const { feedback } = inspecting.profile;
  if (feedback !== undefined) await look(() => inspectFeedback(inspecting, feedback));
  return found;
}

async function inspectResource(
  inspecting: Inspecting,
  resource: ResourceDescriptor,
): Promise<readonly QianzhiError[]> {
  const { session, engine, options, profile } = inspecting;
  if (resource.key.length === 0)
    return [new QianzhiError("QZ_TARGET_NO_KEY", { resource: resource.identifier })];
  const table = tableOf(profile, resource.identifier);
  const facts = await describeTable(session, engine, options, table);
  const { problems, narrow } = planTable(facts, { engine, profile, resource });
  if (problems.length === 0) await mayWrite(inspecting, facts, ["INSERT"]);
  return [...problems, ...narrow];
}

/** By statements that find no row, over the columns that the database does not fill in itself. */
async function mayWrite(
  { session, engine: { quote } }: Inspecting,
  { name: table, columns }: TableFacts,
  operations: readonly ("INSERT" | "UPDATE")[],
): Promise<void> {
  const names = [...columns.values()]
    .filter(({ filled }) => !filled)
    .map(({ name }) => quote(name));
  const [first = ""] = names;
  for (const operation of operations)
    await session.query(
      operation === "INSERT"
        ? `INSERT INTO ${quote(table)} (${names.join(", ")}) SELECT ${names.join(", ")} FROM ${quote(table)} WHERE 1 = 0`
        : `UPDATE ${quote(table)} SET ${first} = ${first} WHERE 1 = 0`,
      { table, operation },
    );
}

/** The table is the platform's own: any engine of it will do, and all it needs are the columns that the profile names. */
async function inspectFeedback(
  { session, engine, options }: Inspecting,
  { table, id, about, row, batch, code, reason }: Feedback,
): Promise<readonly QianzhiError[]> {
  const { quote } = engine;
  const columns = [id, about, row, batch, code, reason];
  const purpose = { table, operation: "SELECT" } as const;
  await session.query(`SELECT 1 FROM ${quote(table)} WHERE 1 = 0`, purpose);
  const rows = await session.query(engine.columnsOf(table, options), purpose);
  const there = new Set(rows.map(([name]) => String(name).toLowerCase()));
  const missing = columns.filter((name) => !there.has(name.toLowerCase()));
  if (missing.length > 0)
    return missing.map((column) => new QianzhiError("QZ_FEEDBACK_COLUMN", { table, column }));
  await session.query(
    `SELECT ${columns.map(quote).join(", ")} FROM ${quote(table)} WHERE 1 = 0`,
    purpose,
  );
  const [unknown] = await session.query(
    "SELECT count(*), min(batch_number) FROM qz_feedback WHERE known = 0",
    { table: "qz_feedback", operation: "SELECT" },
  );
  const count = Number(unknown?.[0] ?? 0);
  return count === 0
    ? []
    : [new QianzhiError("QZ_FEEDBACK_UNKNOWN", { table, count, batch: unknown?.[1] })];
}
