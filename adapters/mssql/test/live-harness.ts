import {
  lacking,
  sqlSession,
  sqlTables,
  wrongPassword,
  type ProvideHarness,
} from "@qianzhi/adapter-testkit";
import { connectTo, type Link } from "../src/connect.ts";
import { mssql, type MssqlOptions, type TlsOptions } from "../src/index.ts";
import { datetime, integer, largeText, misdeclared, text, types } from "./test-types.ts";

/** `mssql://user:password@host:port/database`: an account that may create databases and logins. */
export const address = process.env["QIANZHI_TEST_MSSQL_URL"];

/** Why the suite is left out; false when there is a server. */
export const noServer: string | false =
  address === undefined ? "QIANZHI_TEST_MSSQL_URL names no SQL Server" : false;

const bracketed = (identifier: string) => `[${identifier}]`;
const words = {
  name: bracketed,
  begin: "BEGIN TRANSACTION",
  dropTable: (name: string) => `IF OBJECT_ID('${name}') IS NOT NULL DROP TABLE [${name}]`,
};
const calm = new AbortController().signal;

/** A database and a reading account of its own; disposing removes both. */
export const harness: ProvideHarness = async () => {
  const { hostname: host, port, username, password, pathname } = new URL(address ?? "");
  const owner: MssqlOptions = {
    host,
    port: Number(port === "" ? 1433 : port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : "master",
    tls: await howProtected(host, Number(port === "" ? 1433 : port)),
  };
  const name = `qz_contract_${process.pid}`;
  const secret = "Reads-0nly-5d1f7c";
  const server = await connectTo(owner, calm);
  const run = (link: Link) => (sql: string) => link.run({ sql, params: [] });
  const onServer = run(server);
  await onServer(`CREATE DATABASE [${name}] COLLATE Chinese_PRC_CI_AS`);
  const own = { ...owner, database: name };
  const writer = await connectTo(own, calm);
  const write = run(writer);
  await onServer(
    `CREATE LOGIN [${name}] WITH PASSWORD = '${secret}', CHECK_POLICY = OFF, DEFAULT_DATABASE = [${name}]`,
  );
  await onServer(`CREATE LOGIN [${name}_blind] WITH PASSWORD = '${secret}', CHECK_POLICY = OFF`);
  await onServer(`USE [master]; GRANT VIEW SERVER STATE TO [${name}]`);
  for (const user of [name, `${name}_blind`]) {
    await write(`CREATE USER [${user}] FOR LOGIN [${user}]`);
    await write(`EXEC sp_addrolemember 'db_datareader', '${user}'`);
  }
  await write(`GRANT SHOWPLAN TO [${name}]`);
  await write(`GRANT VIEW CHANGE TRACKING ON SCHEMA::dbo TO [${name}]`);
  await write(`ALTER DATABASE [${name}] SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 1 DAYS)`);
  const options: MssqlOptions = { ...own, user: name, password: secret, exactHorizon: true };
  const wrong = {
    password: { password: wrongPassword },
    address: { port: 1 },
    database: { database: "qz_no_such" },
  };
  const sessions = `SELECT session_id FROM sys.dm_exec_sessions WHERE login_name = '${name}'`;
  const tables = sqlTables(write, {
    ...words,
    createView: (view, query) => [
      `IF OBJECT_ID('${view}') IS NOT NULL DROP VIEW [${view}]`,
      `CREATE VIEW [${view}] AS ${query}`,
    ],
  });
  return {
    ...tables,
    async createTable(table) {
      const relation = await tables.createTable(table);
      if (table.key.length > 0) await write(`ALTER TABLE [${table.name}] ENABLE CHANGE_TRACKING`);
      return relation;
    },
    open: (host_) => mssql.open(options, host_),
    openWrongly: (option, host_) => mssql.open({ ...options, ...wrong[option] }, host_),
    openBlind: (host_) => mssql.open({ ...options, user: `${name}_blind` }, host_),
    integer,
    text,
    large: largeText,
    types,
    misdeclared,
    stamp: { type: datetime, now: "GETDATE()" },
    async session() {
      const link = await connectTo(own, calm);
      return sqlSession({ run: run(link), close: async () => link.cut() }, words);
    },
    async block(table) {
      const holder = await connectTo(own, calm);
      await run(holder)(
        `BEGIN TRANSACTION; SELECT TOP (1) 1 FROM [${table.name}] WITH (TABLOCKX, HOLDLOCK)`,
      );
      return { release: async () => holder.cut() };
    },
    slow: {
      // Counts what nobody can count in a minute.
      relation: {
        query:
          "SELECT COUNT_BIG(*) AS n FROM sys.all_columns a, sys.all_columns b, sys.all_columns c",
      },
      async running() {
        const { rows } = await onServer(
          `SELECT COUNT(*) FROM sys.dm_exec_requests WHERE command = 'SELECT' AND session_id IN (${sessions}) AND session_id <> @@SPID`,
        );
        return Number(rows[0]?.[0]);
      },
    },
    connections: async () => (await onServer(sessions)).rows.length,
    async sever() {
      for (const [session] of (await onServer(sessions)).rows)
        await onServer(`KILL ${String(session)}`);
    },
    async denied(what) {
      await write("IF OBJECT_ID('qz_denied') IS NOT NULL DROP TABLE qz_denied");
      await write("CREATE TABLE qz_denied (id int PRIMARY KEY, v nvarchar(9))");
      const part = what === "column" ? " (v)" : "";
      await write(`DENY SELECT ON qz_denied${part} TO [${name}]`);
      return { table: ["qz_denied"] };
    },
    writeAttempt: async (table) => `SELECT 1 AS n) AS q DELETE FROM [${table.name}] --`,
    leaky: (column) => `CONVERT(int, [${column}]) = 1`,
    lacks: {
      ...lacking("a distributed transaction needs its own service", "two-phase commit"),
      ...lacking("a server forgets changes by its own clock", "forgotten changes"),
    },
    async [Symbol.asyncDispose]() {
      writer.cut();
      await onServer(
        `USE [master]; ALTER DATABASE [${name}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE [${name}]`,
      );
      for (const login of [name, `${name}_blind`]) await onServer(`DROP LOGIN [${login}]`);
      server.cut();
    },
  };
};

/** A test server has a certificate of its own making, or none. */
async function howProtected(host: string, port: number): Promise<boolean | TlsOptions> {
  const { username: user, password } = new URL(address ?? "");
  const tls = { verify: "none" } as const;
  const options = {
    host,
    port,
    user: decodeURIComponent(user),
    password: decodeURIComponent(password),
    database: "master",
    tls,
  };
  try {
    (await connectTo(options, calm)).cut();
    return tls;
  } catch (error) {
    if ((error as { refusal?: string }).refusal === undefined) throw error;
    return false;
  }
}
