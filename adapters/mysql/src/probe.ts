import type { Probe } from "@qianzhi/sdk";
import type { Link } from "./connect.ts";
import type { ServerFacts } from "./session.ts";

/** What of a probe stays true for the life of a connection. */
export async function probeServer(
  link: Link,
  facts: ServerFacts,
): Promise<Omit<Probe, "now" | "offset">> {
  const { variables } = facts;
  const [readOnlyAccount, replica] = [await isReadOnlyAccount(link), await isReplica(link, facts)];
  const charset = variables.get("character_set_database");
  return {
    product: facts.mariadb ? "MariaDB" : "MySQL",
    version: facts.version,
    identity: identityOf(variables),
    readOnly: facts.readOnly,
    ...(charset === undefined ? {} : { charset }),
    ...(readOnlyAccount === undefined ? {} : { readOnlyAccount }),
    ...(replica === undefined ? {} : { replica }),
  };
}

/** The server's own uuid; before 5.6 and in older MariaDB, its place. */
function identityOf(variables: ReadonlyMap<string, string>): string {
  const own = variables.get("server_uuid") ?? variables.get("server_uid");
  const parts =
    own === undefined ? ["hostname", "port", "datadir"].map((name) => variables.get(name)) : [own];
  return [...parts, variables.get("server_id")].join(":");
}

const harmless = new Set([
  "USAGE",
  "SELECT",
  "SHOW VIEW",
  "SHOW DATABASES",
  "PROCESS",
  "REPLICATION CLIENT",
  "REPLICATION SLAVE",
  "BINLOG MONITOR",
  "SLAVE MONITOR",
  "REPLICA MONITOR",
]);

/** Whether the grants of an account allow reading alone; undefined when a role hides what they allow. */
export function grantsReadOnly(grants: readonly string[]): boolean | undefined {
  let roles = false;
  for (const grant of grants) {
    const [, privileges] = /^GRANT (.+?) ON .+ TO /.exec(grant) ?? [];
    if (privileges === undefined) roles ||= /^GRANT /.test(grant);
    else if (
      !privileges
        .replace(/\s*\([^)]*\)/g, "")
        .split(", ")
        .every((each) => harmless.has(each.trim()))
    )
      return false;
  }
  return roles ? undefined : true;
}

async function isReadOnlyAccount(link: Link): Promise<boolean | undefined> {
  const rows = await attempt(link, "SHOW GRANTS");
  return rows === undefined ? undefined : grantsReadOnly(rows.map(([grant]) => String(grant)));
}

/**
 * One of several nodes that write counts too. By the replication status where the account may see it; else a server that
 * refuses writes counts as a replica.
 */
async function isReplica(link: Link, { variables }: ServerFacts): Promise<boolean | undefined> {
  if (variables.get("wsrep_on") === "ON") return true;
  if ((variables.get("group_replication_group_name") ?? "") !== "") return true;
  const status =
    (await attempt(link, "SHOW SLAVE STATUS")) ?? (await attempt(link, "SHOW REPLICA STATUS"));
  if (status !== undefined) return status.length > 0;
  return variables.get("read_only") === "ON" ? true : undefined;
}

/** Undefined when the server refuses the statement; a lost connection is no refusal. */
async function attempt(link: Link, sql: string): Promise<unknown[][] | undefined> {
  try {
    return (await link.run({ sql, params: [] })).rows;
  } catch (error) {
    if (typeof (error as { errno?: unknown }).errno === "number") return undefined;
    throw error;
  }
}
