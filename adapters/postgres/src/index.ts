import type { AdapterHost } from "@qianzhi/sdk";
import {
  defineSqlAdapter,
  openConnection,
  sourceWords,
  stopFromAnother,
  type SqlConnection,
  type SqlSession,
} from "@qianzhi/sql";
import { activityOf } from "./activity.ts";
import { readChanges } from "./changes.ts";
import { connectTo, type Link } from "./connect.ts";
import { costOf } from "./cost.ts";
import { describe, discover } from "./describe.ts";
import { postgresDialect } from "./dialect.ts";
import { postgresFault, type PostgresWords } from "./errors.ts";
import { defaults, optionsSchema, type PostgresOptions } from "./options.ts";
import { probeServer } from "./probe.ts";
import { prepareSession, type ServerFacts } from "./session.ts";

/** Reads PostgreSQL 9.4 and later, and what speaks its protocol, over one read-only session. */
export const postgres = defineSqlAdapter<PostgresOptions>({
  kind: "postgres",
  optionsSchema,
  secretOptions: ["password"],
  connect,
});

export default postgres;
export type { TlsOptions } from "@qianzhi/sql";
export type { PostgresOptions } from "./options.ts";

async function connect(options: PostgresOptions, host: AdapterHost): Promise<SqlConnection> {
  const address = `${options.host ?? defaults.host}:${options.port ?? defaults.port}`;
  const { schema = defaults.schema, feed = defaults.feed } = options;
  const words: PostgresWords = { ...sourceWords(host, address, options), schema, feed };
  return openConnection<Link>({
    words,
    connect: () => connectTo(options, host.signal),
    async prepare(link) {
      const facts = await prepareSession(link, options, host.offset);
      return session({ link, facts, options, words });
    },
    drop: (link) => link.cut(),
    fault: (error, context) => postgresFault(error, words, context),
  });
}

interface Parts {
  readonly link: Link;
  readonly facts: ServerFacts;
  readonly options: PostgresOptions;
  readonly words: PostgresWords;
}

function session({ link, facts, options, words }: Parts): SqlSession {
  const passed = new Map<string, string>();
  const now = async () => String((await link.texts("SELECT clock_timestamp()::timestamp"))[0]?.[0]);
  return {
    dialect: postgresDialect,
    query: async (statement) => (await link.run(statement)).rows,
    pages: (statement, pageRows) => link.pages(statement, pageRows),
    now,
    async cost({ sql, params }, { estimatedRows }) {
      const { rows } = await link.run({ sql: `EXPLAIN (FORMAT JSON) ${sql}`, params });
      return costOf(rows[0]?.[0], estimatedRows);
    },
    changes: (request) => readChanges({ link, facts, words, request, passed }),
    activity: () => activityOf(link, facts, options.user),
    probe: () => probeServer(link, facts),
    discover: () => discover(link, words.schema),
    describe: (relation) => describe(link, relation, words.schema),
    cancel: () =>
      stopFromAnother(link, () => connectTo(options, new AbortController().signal), {
        stop: `SELECT pg_cancel_backend(${facts.pid})`,
        idle: "SELECT 1",
      }),
    close: () => link.end(),
  };
}
