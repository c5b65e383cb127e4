import type { Probe } from "@qianzhi/sdk";
import type { Link } from "./connect.ts";
import { isRefusal } from "./errors.ts";
import type { ServerFacts } from "./session.ts";

/** What of a probe stays true for the life of a connection. */
export async function probeServer(
  link: Link,
  facts: ServerFacts,
): Promise<Omit<Probe, "now" | "offset">> {
  const writes = await attempt(link, canWrite);
  return {
    product: "Oracle",
    version: facts.version,
    identity: (await attempt(link, restored)) ?? (await attempt(link, named)) ?? "",
    charset: facts.charset,
    readOnly: facts.readOnly,
    replica: facts.role !== "PRIMARY",
    ...(writes === undefined ? {} : { readOnlyAccount: writes !== "1" }),
  };
}

/** The database and its incarnation, which an incomplete recovery changes; the name tells one of a container. */
const restored = `SELECT DBID || ':' || "RESETLOGS_CHANGE#" || ':' || TO_CHAR(RESETLOGS_TIME, 'YYYYMMDDHH24MISS') || ':' || SYS_CONTEXT('USERENV', 'DB_NAME') FROM V$DATABASE`;
/** What every account may see. */
const named =
  "SELECT SYS_CONTEXT('USERENV', 'DB_NAME') || ':' || SYS_CONTEXT('USERENV', 'DB_DOMAIN') FROM DUAL";

/** Tables of its own, a right to change those of others, or to any. */
const canWrite = `SELECT CASE
 WHEN EXISTS (SELECT 1 FROM SESSION_PRIVS WHERE PRIVILEGE IN ('INSERT ANY TABLE', 'UPDATE ANY TABLE', 'DELETE ANY TABLE', 'ALTER ANY TABLE', 'DROP ANY TABLE', 'EXECUTE ANY PROCEDURE', 'ALTER DATABASE')) THEN 1
 WHEN EXISTS (SELECT 1 FROM USER_TABLES) THEN 1
 WHEN EXISTS (SELECT 1 FROM ALL_TAB_PRIVS WHERE PRIVILEGE IN ('INSERT', 'UPDATE', 'DELETE') AND GRANTEE <> 'PUBLIC') THEN 1
 ELSE 0 END FROM DUAL`;

/** Undefined when the server refuses the statement. */
async function attempt(link: Link, sql: string): Promise<string | undefined> {
  try {
    const [[value] = []] = await link.ask(sql);
    return value === null || value === undefined ? undefined : String(value);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
