import {
  lacking,
  sqlSession,
  sqlTables,
  wrongPassword,
  type ProvideHarness,
  type TestSession,
  type WrongOption,
} from "@qianzhi/adapter-testkit";
import { mysql, type MysqlOptions } from "../src/index.ts";
import { testServer, type TestServer } from "./server.ts";
import { typesOf } from "./server-types.ts";
import { datetime, integer, longText, misdeclared, text } from "./test-types.ts";

const wrong: Readonly<Record<WrongOption, Partial<MysqlOptions>>> = {
  password: { password: wrongPassword },
  address: { port: 1 },
  database: { database: "qz_no_such" },
};

const name = (identifier: string) => `\`${identifier}\``;

/** A database of its own on the server that QIANZHI_TEST_MYSQL_URL names. */
export const harness: ProvideHarness = async () => {
  const server = await testServer("contract");
  const { admin, account, options } = server;
  const blind = `${account}_b`;
  await server.createAccount(blind);
  await admin.query(
    `GRANT PROCESS ON *.* TO '${account}'@'%'; GRANT SELECT ON ${options.database}.* TO '${blind}'@'%'`,
  );
  const count = async (sql: string) => {
    const [rows] = await admin.query(sql, [account]);
    return Number((rows as { n: number }[])[0]?.n);
  };
  const types = await typesOf(admin);
  const processes = "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE USER = ?";
  return {
    ...sqlTables((sql) => admin.query(sql), { name }),
    open: (host) => mysql.open(options, host),
    openBlind: (host) => mysql.open({ ...options, user: blind }, host),
    openWrongly: (option, host) => mysql.open({ ...options, ...wrong[option] }, host),
    integer,
    text,
    large: longText,
    types,
    misdeclared,
    stamp: { type: datetime, now: "NOW(6)" },
    session: () => session(server),
    async block(table) {
      const holder = await server.connect();
      await holder.query(`LOCK TABLES ${table.name} READ`);
      return { release: () => holder.end() };
    },
    slow: {
      relation: { query: "SELECT SLEEP(60) AS n" },
      running: () => count(`${processes} AND INFO LIKE 'SELECT%SLEEP%'`),
    },
    connections: () => count(processes),
    async sever() {
      const [rows] = await admin.query(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ?",
        [account],
      );
      for (const { ID } of rows as { ID: number }[]) await admin.query(`KILL ${ID}`);
    },
    async denied(what) {
      const hidden = `${account}_hidden`;
      await admin.query(`DROP DATABASE IF EXISTS ${hidden}; CREATE DATABASE ${hidden};
        CREATE TABLE ${hidden}.t (id INT PRIMARY KEY, v VARCHAR(9))`);
      if (what === "column")
        await admin.query(`GRANT SELECT (id) ON ${hidden}.t TO '${account}'@'%'`);
      return { table: [hidden, "t"] };
    },
    async writeAttempt(table) {
      await admin.query(`DROP FUNCTION IF EXISTS qz_write; CREATE FUNCTION qz_write() RETURNS INT
        BEGIN DELETE FROM ${table.name}; RETURN 1; END`);
      return "SELECT qz_write() AS n";
    },
    leaky: (column) => `UPDATEXML(1, CONCAT('~', ${name(column)}), 1) = 1`,
    lacks: {
      ...lacking("it offers no change feed", "changes"),
      ...(types.some(({ native }) => native === "UUID")
        ? {}
        : lacking(
            "this server has no UUID; identifiers stand in text or bytes",
            "uniqueidentifier",
          )),
      ...(server.forgetsPrepared === false
        ? {}
        : lacking(server.forgetsPrepared, "two-phase commit")),
    },
    async [Symbol.asyncDispose]() {
      await admin.query(`DROP DATABASE IF EXISTS ${account}_hidden; DROP USER '${blind}'@'%'`);
      await server[Symbol.asyncDispose]();
    },
  };
};

/** Transactions that may have to be prepared are XA ones from their beginning. */
async function session(server: TestServer): Promise<TestSession> {
  const connection = await server.connect();
  const xid = `'qz${connection.threadId}'`;
  const run = (sql: string) => connection.query(sql);
  return {
    ...sqlSession({ run, close: () => connection.end() }, { name }),
    async begin(kind) {
      await run(kind === "two-phase" ? `XA START ${xid}` : "BEGIN");
    },
    async prepare() {
      await run(`XA END ${xid}`);
      await run(`XA PREPARE ${xid}`);
      return {
        async commit() {
          await server.admin.query(`XA COMMIT ${xid}`);
        },
      };
    },
  };
}
