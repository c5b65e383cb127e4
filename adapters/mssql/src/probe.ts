import type { Probe } from "@qianzhi/sdk";
import type { Link } from "./connect.ts";
import type { Generation } from "./dialect.ts";

/** What is known of a server once a session stands. */
export interface ServerFacts extends Generation {
  readonly version: string;
  readonly collation: string;
  /** Of the server's clock: no session can be given another zone. */
  readonly offset: string;
  /** The database cannot be written here: a secondary, a standby. */
  readonly readOnly: boolean;
}

const session = (lockTimeoutMs: number) =>
  `SET LOCK_TIMEOUT ${lockTimeoutMs}; SET DATEFORMAT ymd; SET DEADLOCK_PRIORITY LOW;`;

const facts = `SELECT CONVERT(nvarchar(128), SERVERPROPERTY('ProductVersion')),
 CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), 'Collation')),
 CONVERT(int, COLLATIONPROPERTY(CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), 'Collation')), 'CodePage')),
 CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')),
 DATEDIFF(minute, GETUTCDATE(), GETDATE())`;

/** A restored database has another fork; where the account may not see it, the database's own stamps must do. */
const identity = `SELECT CONVERT(nvarchar(128), SERVERPROPERTY('ServerName')), d.name, CONVERT(char(36), d.service_broker_guid),
 CONVERT(char(23), d.create_date, 121), CONVERT(char(36), r.database_guid), CONVERT(char(36), r.recovery_fork_guid)
FROM sys.databases AS d LEFT JOIN sys.database_recovery_status AS r ON r.database_id = d.database_id
WHERE d.database_id = DB_ID()`;

const writing = ["INSERT", "UPDATE", "DELETE", "ALTER"];

/** Whether the account could write anywhere in the database: by a right on all of it, or on a part. */
const mayWrite = `SELECT CASE WHEN ${writing
  .map((right) => `HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', N'${right}') = 1`)
  .join(" OR ")} OR EXISTS (
 SELECT * FROM sys.database_permissions AS p
 JOIN sys.database_principals AS g ON g.principal_id = p.grantee_principal_id
 WHERE p.state IN ('G', 'W') AND p.permission_name IN (${[...writing, "CONTROL"].map((right) => `N'${right}'`).join(", ")})
 AND (g.principal_id = DATABASE_PRINCIPAL_ID() OR IS_MEMBER(g.name) = 1)
) THEN 1 ELSE 0 END`;

/** Fixes what of a session decides how texts are read and how long locks are waited for; tells what server it is. */
export async function prepareSession(link: Link, lockTimeoutMs: number): Promise<ServerFacts> {
  await link.run({ sql: session(lockTimeoutMs), params: [] });
  // What speaks the protocol and is no SQL Server is spoken to as the oldest one.
  const [version = "0", collation, codePage, updateability, minutes = 0] =
    (await attempt(link, facts)) ?? [];
  return {
    version: String(version),
    major: Number.parseInt(String(version), 10),
    collation: String(collation),
    codePage: `cp${String(codePage)}`,
    offset: offsetOf(Number(minutes)),
    readOnly: updateability === "READ_ONLY",
  };
}

/** Zones lie quarters of an hour apart; the two clocks may be read on both sides of a minute. */
function offsetOf(minutes: number): string {
  const quarters = Math.round(Math.abs(minutes) / 15);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(quarters / 4))}:${two((quarters % 4) * 15)}`;
}

/** The server's clock, in its own zone. */
export async function readClock(link: Link, { major }: Generation): Promise<string> {
  const sql =
    major >= 10
      ? "SELECT CONVERT(varchar(27), SYSDATETIME(), 121)"
      : "SELECT CONVERT(char(23), GETDATE(), 121)";
  return String((await link.run({ sql, params: [] })).rows[0]?.[0]);
}

/** What of a probe stays true for the life of a connection. */
export async function probeServer(
  link: Link,
  server: ServerFacts,
): Promise<Omit<Probe, "now" | "offset">> {
  const own = await attempt(link, identity);
  const writes = await attempt(link, mayWrite);
  return {
    product: "Microsoft SQL Server",
    version: server.version,
    ...(own === undefined ? {} : { identity: own.filter((part) => part !== null).join(":") }),
    charset: server.collation,
    readOnly: false,
    ...(writes === undefined ? {} : { readOnlyAccount: Number(writes[0]) === 0 }),
    replica: server.readOnly,
  };
}

/** The first row, empty when there is none; undefined when the server refuses. A lost connection is no refusal. */
export async function attempt(link: Link, sql: string): Promise<unknown[] | undefined> {
  try {
    return (await link.run({ sql, params: [] })).rows[0] ?? [];
  } catch (error) {
    if (typeof (error as { number?: unknown }).number === "number") return undefined;
    throw error;
  }
}
