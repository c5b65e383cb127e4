import {
  lacking,
  sqlSession,
  sqlTables,
  wrongPassword,
  type ProvideHarness,
  type TestSession,
  type WrongOption,
} from "@qianzhi/adapter-testkit";
import { postgres, type PostgresOptions } from "../src/index.ts";
import { runFeedScript } from "./feed-script.ts";
import { testServer, type TestServer } from "./server.ts";
import { typesOf } from "./server-types.ts";
import { integer, longText, text, timestamp } from "./test-types.ts";

const wrong: Readonly<Record<WrongOption, Partial<PostgresOptions>>> = {
  password: { password: wrongPassword },
  address: { port: 1 },
  database: { database: "qz_no_such" },
};

/** A database of its own on the server that QIANZHI_TEST_POSTGRES_URL names. */
export const harness: ProvideHarness = async () => {
  const server = await testServer("contract");
  const { admin, account, options } = server;
  const hasFeed = server.version >= 110_000;
  const blind = `${account}_b`;
  const types = await typesOf(admin);
  await admin(
    `GRANT pg_read_all_stats TO ${account}; CREATE ROLE ${blind} LOGIN PASSWORD '${options.password}'`,
  );
  const count = async (sql: string) => Number((await admin(sql))[0]?.[0]);
  const sessions = `FROM pg_stat_activity WHERE usename = '${account}'`;
  const tables = sqlTables(admin, {
    dropTable: (table) => `DROP TABLE IF EXISTS "${table}" CASCADE`,
    createView: (view, query) => [
      `DROP VIEW IF EXISTS "${view}"`,
      `CREATE VIEW "${view}" AS ${query}`,
    ],
  });
  return {
    ...tables,
    async createTable(table) {
      const relation = await tables.createTable(table);
      if (table.name.startsWith("qz_feed")) await runFeedScript(server, relation);
      return relation;
    },
    forgetChanges: async () =>
      void (await admin(
        // What is not on the disk yet cannot be passed.
        "CHECKPOINT; SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots WHERE database = current_database()",
      )),
    async open(host) {
      const source = await postgres.open(options, host);
      const { changes: _, ...feedless } = source;
      return hasFeed ? source : feedless;
    },
    openBlind: (host) => postgres.open({ ...options, user: blind }, host),
    openWrongly: (option, host) => postgres.open({ ...options, ...wrong[option] }, host),
    integer,
    text,
    large: longText,
    types,
    stamp: { type: timestamp, now: "now()" },
    session: () => session(server),
    async block(table) {
      const holder = await server.session();
      await holder.run(`BEGIN; LOCK TABLE "${table.name}" IN SHARE MODE`);
      return { release: () => holder.end() };
    },
    slow: {
      relation: { query: "SELECT 1 AS n FROM pg_sleep(60)" },
      running: () =>
        count(`SELECT count(*) ${sessions} AND query LIKE 'SELECT%pg_sleep%' AND state = 'active'`),
    },
    connections: () => count(`SELECT count(*) ${sessions}`),
    async sever() {
      await admin(`SELECT pg_terminate_backend(pid) ${sessions}`);
    },
    async denied(what) {
      await admin(`DROP SCHEMA IF EXISTS hidden CASCADE; CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int PRIMARY KEY, v varchar(9));
        REVOKE ALL ON hidden.t FROM ${account}; GRANT USAGE ON SCHEMA hidden TO ${account}`);
      if (what === "column") await admin(`GRANT SELECT (id) ON hidden.t TO ${account}`);
      return { table: ["hidden", "t"] };
    },
    async writeAttempt(table) {
      await admin(`CREATE OR REPLACE FUNCTION qz_write() RETURNS int LANGUAGE plpgsql SECURITY DEFINER
        AS 'BEGIN DELETE FROM "${table.name}"; RETURN 1; END'`);
      return "SELECT qz_write() AS n";
    },
    leaky: (column) =>
      `CAST("${column}" AS text)::xml IS NOT NULL AND CAST("${column}" || 'x' AS text)::int = 1`,
    lacks: {
      ...(hasFeed ? {} : lacking("the feed needs PostgreSQL 11", "changes")),
      ...(types.some(({ traits }) => traits.includes("accent-insensitive"))
        ? {}
        : lacking("collations that tell no accents came with PostgreSQL 12", "accent-insensitive")),
      ...lacking("PostgreSQL orders its uuid by bytes, as its text is", "uniqueidentifier"),
      ...lacking("a database has one encoding, which it enforces; see sql-ascii.test.ts", "bytes"),
    },
    async [Symbol.asyncDispose]() {
      await admin(`DROP ROLE ${blind}`);
      await server[Symbol.asyncDispose]();
    },
  };
};

async function session(server: TestServer): Promise<TestSession> {
  const connection = await server.session();
  await connection.run("SET TIME ZONE '+08'");
  const [[pid] = []] = await connection.run("SELECT pg_backend_pid()");
  const run = (sql: string) => connection.run(sql);
  return {
    ...sqlSession({ run, close: () => connection.end() }),
    async prepare() {
      await run(`PREPARE TRANSACTION 'qz-contract-${String(pid)}'`);
      return {
        async commit() {
          await server.admin(`COMMIT PREPARED 'qz-contract-${String(pid)}'`);
        },
      };
    },
  };
}
