import type { AdapterHost } from "@qianzhi/sdk";
import {
  defineSqlAdapter,
  openConnection,
  remembered,
  sourceWords,
  stopFromAnother,
  type SqlConnection,
  type SqlSession,
} from "@qianzhi/sql";
import { activityOf } from "./activity.ts";
import { connectTo, type Link } from "./connect.ts";
import { costOf } from "./cost.ts";
import { describe, discover } from "./describe.ts";
import { mysqlDialect } from "./dialect.ts";
import { mysqlFault } from "./errors.ts";
import { defaults, optionsSchema, type MysqlOptions } from "./options.ts";
import { probeServer } from "./probe.ts";
import { prepareSession, type ServerFacts } from "./session.ts";

/** Reads MySQL 5.5 to 9.x and MariaDB over one read-only session. */
export const mysql = defineSqlAdapter<MysqlOptions>({
  kind: "mysql",
  optionsSchema,
  secretOptions: ["password"],
  connect,
});

export default mysql;
export type { TlsOptions } from "@qianzhi/sql";
export type { MysqlOptions } from "./options.ts";

async function connect(options: MysqlOptions, host: AdapterHost): Promise<SqlConnection> {
  const address =
    options.socketPath ?? `${options.host ?? defaults.host}:${options.port ?? defaults.port}`;
  const words = sourceWords(host, address, options);
  let account = options.user;
  return openConnection<Link>({
    words,
    connect: () => connectTo(options, host.signal),
    async prepare(link) {
      const facts = await prepareSession(link, host.offset, {
        statementTimeoutMs: words.limitMs,
        lockTimeoutMs: options.lockTimeoutMs ?? defaults.lockTimeoutMs,
      });
      account = facts.account;
      const stopped = stoppedInTime(link, () => killQuery(link, options, facts.connectionId));
      return session({ link: stopped, facts, options });
    },
    drop: (link) => link.cut(),
    fault: (error, context) => mysqlFault(error, words, context, account),
  });
}

interface Parts {
  readonly link: Link;
  readonly facts: ServerFacts;
  readonly options: MysqlOptions;
}

function session({ link, facts, options }: Parts): SqlSession {
  const server = remembered(() => probeServer(link, facts));
  let polls = 0;
  const now = async () => {
    const clock = facts.clockDigits === 6 ? "NOW(6)" : "NOW()";
    return String(
      (await link.run({ sql: `SELECT CAST(${clock} AS CHAR)`, params: [] })).rows[0]?.[0],
    );
  };
  return {
    dialect: mysqlDialect,
    query: async (statement) => (await link.run(statement)).rows,
    pages: (statement, pageRows) =>
      link.pages(statement, () => killQuery(link, options, facts.connectionId), pageRows),
    now,
    async cost({ sql, params }) {
      try {
        return costOf((await link.run({ sql: `EXPLAIN ${sql}`, params })).rows);
      } catch (error) {
        if ((error as { errno?: unknown }).errno === PLAN_HIDDEN) return null;
        throw error;
      }
    },
    async activity() {
      const replica = (await server()).replica === true;
      return activityOf(link, facts, { replica, poll: (polls += 1) });
    },
    probe: server,
    discover: () => discover(link, options.database),
    describe: (relation) => describe(link, relation, options.database),
    cancel: () => killQuery(link, options, facts.connectionId),
    close: () => link.end(),
  };
}

/** The plan would tell of tables behind a view: an account without SHOW VIEW may read it all the same. */
const PLAN_HIDDEN = 1345;

/** The driver only stops waiting; a server that knows no time-out of its own would go on with the statement. */
function stoppedInTime(link: Link, stop: () => Promise<void>): Link {
  return {
    ...link,
    async run(statement) {
      try {
        return await link.run(statement);
      } catch (error) {
        if ((error as { code?: unknown }).code === "PROTOCOL_SEQUENCE_TIMEOUT") await stop();
        throw error;
      }
    },
  };
}

const killQuery = (link: Link, options: MysqlOptions, connectionId: string): Promise<void> =>
  stopFromAnother(link, () => connectTo(options, new AbortController().signal), {
    stop: `KILL QUERY ${connectionId}`,
    idle: "DO 0",
  });
