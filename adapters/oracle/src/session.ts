import { doubleQuoted as quote } from "@qianzhi/sql";
import type { Link } from "./connect.ts";
import { isRefusal } from "./errors.ts";
import type { OracleOptions } from "./options.ts";

/** What is known of a server once a session stands. */
export interface ServerFacts {
  readonly version: string;
  readonly major: number;
  /** Of CHAR, VARCHAR2 and CLOB, `ZHS16GBK`; and of NCHAR, NVARCHAR2 and NCLOB. */
  readonly charset: string;
  readonly nationalCharset: string;
  readonly schema: string;
  readonly user: string;
  /** `PRIMARY`, or a standby. */
  readonly role: string;
  readonly readOnly: boolean;
}

/** Servers from here on know sessions that refuse every change. */
const READ_ONLY_SINCE = 23;

/**
 * Makes the session exact and gentle: binary comparison, fixed formats, the source's offset, no parallel workers. There
 * is no transaction of reads: each statement sees one moment anyway, and a long one fails for want of undo (ORA-01555).
 */
export async function prepareSession(
  link: Link,
  { schema }: OracleOptions,
  offset: string,
): Promise<ServerFacts> {
  const settings = {
    NLS_SORT: "BINARY",
    NLS_COMP: "BINARY",
    NLS_CALENDAR: "GREGORIAN",
    NLS_NUMERIC_CHARACTERS: ".,",
    NLS_LENGTH_SEMANTICS: "BYTE",
    NLS_DATE_FORMAT: "SYYYY-MM-DD HH24:MI:SS",
    NLS_TIMESTAMP_FORMAT: "SYYYY-MM-DD HH24:MI:SS.FF9",
    NLS_TIMESTAMP_TZ_FORMAT: "SYYYY-MM-DD HH24:MI:SS.FF9TZH:TZM",
    // Fixed, so that no text of a TIMESTAMP WITH LOCAL TIME ZONE is ambiguous.
    TIME_ZONE: offset,
  };
  const words = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  await link.ask(`ALTER SESSION SET ${words.join(" ")}`);
  await link.ask("ALTER SESSION DISABLE PARALLEL QUERY");
  if (schema !== undefined) await link.ask(`ALTER SESSION SET CURRENT_SCHEMA = ${plainly(schema)}`);
  const major = Number.parseInt(link.version, 10);
  const readOnly =
    major >= READ_ONLY_SINCE && (await accepts(link, "ALTER SESSION SET READ_ONLY = TRUE"));
  const [facts = []] = await link.ask(
    `SELECT (SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'),
 (SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_NCHAR_CHARACTERSET'),
 SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'), SYS_CONTEXT('USERENV', 'SESSION_USER'), SYS_CONTEXT('USERENV', 'DATABASE_ROLE') FROM DUAL`,
  );
  const [charset = "", nationalCharset = "", current = "", user = "", role = ""] = facts.map(
    (value) => (value === null ? undefined : String(value)),
  );
  return {
    version: link.version,
    major,
    charset,
    nationalCharset,
    schema: current,
    user,
    role,
    readOnly,
  };
}

/** Without quotes where a name needs none: so it is written everywhere. */
const plainly = (name: string) => (/^[A-Z][A-Z0-9_$#]*$/.test(name) ? name : quote(name));

async function accepts(link: Link, sql: string): Promise<boolean> {
  try {
    await link.ask(sql);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
