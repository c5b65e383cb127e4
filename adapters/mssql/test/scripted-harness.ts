import {
  lacking,
  sqlSession,
  sqlTables,
  wrongPassword,
  type ProvideHarness,
} from "@qianzhi/adapter-testkit";
import { mssql } from "../src/index.ts";
import { facts, optionsFor } from "./scripted-source.ts";
import { sqliteEngine } from "./sqlite-engine.ts";
import { integer, plainTypes, text } from "./test-types.ts";
import type { Asked } from "./tds/requests.ts";
import { startScriptedServer, type Answer } from "./tds/scripted-server.ts";

const words = { name: (identifier: string) => `[${identifier}]` };
const slowQuery = "SELECT 1 AS n FROM [qz_slow]";

/** The scripted server with SQLite behind it: for the cases that need no SQL Server. */
export const harness: ProvideHarness = async () => {
  const engine = sqliteEngine();
  engine.exec("CREATE TABLE [qz_slow] (n int)");
  let never = 0;
  const answer = (asked: Asked): Answer | undefined => {
    const { sql } = asked;
    if (sql.includes("'ProductVersion'")) return facts();
    if (!sql.includes("[qz_slow]") || sql.includes("TOP (0)")) return engine.answer(asked);
    never++;
    return "never";
  };
  const server = await startScriptedServer({
    answer,
    login({ password, database }) {
      const refused = { number: 18456, text: "Login failed for user 'reader'." };
      if (database !== "hr")
        return [{ number: 4060, text: `Cannot open database "${database}".` }, refused];
      return password === "reads-only" ? [] : [refused];
    },
  });
  const options = optionsFor(server);
  const wrong = {
    password: { password: wrongPassword },
    address: { port: 1 },
    database: { database: "qz_no_such" },
  };
  const tables = sqlTables(async (sql) => engine.exec(sql), {
    ...words,
    createView: (name, query) => [`DROP VIEW IF EXISTS ${name}`, `CREATE VIEW ${name} AS ${query}`],
  });
  return {
    ...tables,
    async createTable(table) {
      engine.define(table);
      return tables.createTable(table);
    },
    async open(host) {
      const source = await mssql.open(options, host);
      const { changes: _1, horizon: _2, cost: _3, list: _4, ...rest } = source;
      return rest;
    },
    openWrongly: (option, host) => mssql.open({ ...options, ...wrong[option] }, host),
    integer,
    text,
    types: plainTypes,
    session: async () =>
      sqlSession({ run: async (sql) => engine.exec(sql), close: async () => {} }, words),
    slow: { relation: { query: slowQuery }, running: async () => never - server.attentions },
    connections: async () => server.connections,
    sever: async () => server.cut(),
    writeAttempt: async (table) => `SELECT 1 AS n) AS q DELETE FROM [${table.name}] --`,
    leaky: (column) => `CONVERT(int, [${column}]) = 1`,
    lacks: {
      ...lacking(
        "the scripted server is no SQL Server: set QIANZHI_TEST_MSSQL_URL",
        "changes",
        "list",
        "horizon",
        "cost",
        "stamp",
        "exact horizon",
        "transactions",
        "two-phase commit",
        "blocked statement",
        "blind account",
        "forgotten changes",
        "denied table",
        "denied column",
        "bytes",
        "view",
        "large values",
        "equal values",
        "case-insensitive",
        "accent-insensitive",
        "pinyin",
        "padded",
        "uniqueidentifier",
        "fractions of a second",
      ),
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      engine[Symbol.dispose]();
    },
  };
};
