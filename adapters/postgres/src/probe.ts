import type { Probe } from "@qianzhi/sdk";
import type { Link } from "./connect.ts";
import type { ServerFacts } from "./session.ts";

/** What of a probe stays true for the life of a connection. */
export async function probeServer(
  link: Link,
  facts: ServerFacts,
): Promise<Omit<Probe, "now" | "offset">> {
  const writable = await attempt(link, canWrite);
  const identity = await attempt(
    link,
    "SELECT concat_ws(':', (SELECT system_identifier FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint()))",
  );
  return {
    product: facts.product,
    version: facts.version,
    // Before 9.6 the server does not tell: then its place and the database.
    identity:
      identity ??
      (await attempt(
        link,
        "SELECT concat_ws(':', inet_server_addr(), inet_server_port(), (SELECT oid FROM pg_database WHERE datname = current_database()))",
      )) ??
      "",
    charset: facts.charset,
    readOnly: facts.readOnly,
    replica: (await attempt(link, "SELECT pg_is_in_recovery()")) === "t",
    ...(writable === undefined ? {} : { readOnlyAccount: writable !== "t" }),
  };
}

const canWrite = `SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR EXISTS (
  SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
     AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))`;

/** Undefined when the server refuses the statement; a lost connection is no refusal. */
async function attempt(link: Link, sql: string): Promise<string | undefined> {
  try {
    return (await link.texts(sql))[0]?.[0] ?? undefined;
  } catch (error) {
    if (/^(42|0A|22)/.test(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
}
