import type { AdapterHost, Probe } from "@qianzhi/sdk";
import {
  doubleQuoted as quote,
  openConnection,
  sourceWords,
  type SqlConnection,
  type SqlSession,
} from "@qianzhi/sql";
import type { Link } from "./connect.ts";
import { quoted, type Catalog } from "./catalog.ts";
import { describe, discover } from "./describe.ts";
import { dmColumn, dmDialect } from "./dm-dialect.ts";
import { dmFault, dmNumber, isDmRefusal } from "./dm-errors.ts";
import { connectDm, dmAddress, type DmDriver } from "./dm-link.ts";
import type { OracleOptions } from "./options.ts";

/*
 * 达梦 (DM8) speaks Oracle's SQL and has its dictionary, over a protocol and a driver of its own. Not yet run against a
 * server: what its makers and users have published was read, and what is not sure there is asked for such that a server
 * without it refuses, instead of giving something else.
 */

/** What is known of a server once a session stands. */
interface DmFacts {
  readonly charset: string;
  readonly schema: string;
  readonly readOnly: boolean;
}

export async function connectToDm(
  load: () => Promise<DmDriver>,
  options: OracleOptions,
  host: AdapterHost,
): Promise<SqlConnection> {
  const address = dmAddress(options);
  const words = sourceWords(host, address, { ...options, database: options.schema ?? address });
  return openConnection<Link>({
    words,
    connect: async () => connectDm(await load(), options, host),
    prepare: async (link) => session(link, await prepare(link, options, host.offset)),
    drop: (link) => link.close().catch(() => {}),
    fault: (error, context) => dmFault(error, words, context),
  });
}

const charsets = ["GB18030", "UTF-8", "EUC-KR"];

/** A session that tells times in the source's offset, and refuses every change. */
async function prepare(link: Link, { schema }: OracleOptions, offset: string): Promise<DmFacts> {
  await link.ask(`SET TIME ZONE '${offset}'`);
  if (schema !== undefined) await link.ask(`SET SCHEMA ${quote(schema)}`);
  const readOnly = (await attempt(() => link.ask("CALL SP_SET_SESSION_READONLY(1)"))) !== undefined;
  const [[flag, user] = []] = await link.ask("SELECT SF_GET_UNICODE_FLAG(), USER FROM DUAL");
  return { charset: charsets[Number(flag)] ?? "", schema: schema ?? String(user), readOnly };
}

/** The session's clock, which has been set to the source's offset. */
const clock = "SELECT TO_CHAR(LOCALTIMESTAMP, 'YYYY-MM-DD HH24:MI:SS.FF6') FROM DUAL";

function session(link: Link, facts: DmFacts): SqlSession {
  const now = async () => String((await link.ask(clock))[0]?.[0]);
  const catalog = dmCatalog(facts);
  return {
    dialect: dmDialect,
    query: async (statement) => (await link.run(statement)).rows,
    pages: (statement, pageRows) => link.pages(statement, pageRows),
    now,
    probe: () => probeServer(link, facts),
    discover: () => discover(link, catalog),
    describe: (relation) => describe(link, relation, catalog),
    cancel: () => link.stop().catch(() => {}),
    close: () => link.close().catch(() => {}),
  };
}

const dmCatalog = ({ schema, charset }: DmFacts): Catalog => ({
  schema,
  columnOf: (field) => dmColumn(field, charset),
  isAbsent: (error) => [-2104, -2106].includes(dmNumber(error)),
  shown: `c.OWNER NOT IN (${quoted("CTISYS SYS SYSAUDITOR SYSDBA SYSSSO")})`,
  holds: "c.STATUS = 'ENABLED'",
  usable: "1 = 1",
  indexed: "CASE WHEN c.DESCEND = 'ASC' THEN c.COLUMN_NAME END",
});

async function probeServer(
  link: Link,
  { charset, readOnly }: DmFacts,
): Promise<Omit<Probe, "now" | "offset">> {
  const ask = (sql: string) => attempt(() => link.ask(sql));
  const [[identity] = []] =
    (await ask("SELECT CAST(PERMANENT_MAGIC AS VARCHAR(40)) FROM DUAL")) ?? [];
  const [[mode] = []] = (await ask("SELECT MODE$ FROM V$INSTANCE")) ?? [];
  return {
    product: "DM",
    version: link.version,
    readOnly,
    ...(charset === "" ? {} : { charset }),
    ...(typeof identity === "string" ? { identity } : {}),
    ...(typeof mode === "string" ? { replica: mode === "STANDBY" } : {}),
  };
}

/** Undefined when the server refuses the statement. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isDmRefusal(error)) return undefined;
    throw error;
  }
}
