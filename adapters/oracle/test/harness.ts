import {
  lacking,
  sqlSession,
  sqlTables,
  wrongPassword,
  type ProvideHarness,
  type SqlWords,
  type TestSession,
  type WrongOption,
} from "@qianzhi/adapter-testkit";
import { oracle, type OracleOptions } from "../src/index.ts";
import { testServer, type TestServer } from "./server.ts";
import { integer, longText, misdeclared, stamp, text, types } from "./test-types.ts";

const wrong: Readonly<Record<WrongOption, Partial<OracleOptions>>> = {
  password: { password: wrongPassword },
  address: { port: 1 },
  database: { service: "qz_no_such" },
};

/** A literal holds 4,000 bytes. */
const LITERAL = 1_000;

function quote(value: string): string {
  const literal = (piece: string) => `'${piece.replaceAll("'", "''")}'`;
  if (value.length <= LITERAL) return literal(value);
  const pieces = value.match(new RegExp(`[^]{1,${LITERAL}}`, "g")) ?? [];
  return pieces.map((piece) => `TO_CLOB(${literal(piece)})`).join(" || ");
}

const dropTable = (table: string) =>
  `BEGIN EXECUTE IMMEDIATE 'DROP TABLE "${table}" CASCADE CONSTRAINTS PURGE'; EXCEPTION WHEN OTHERS THEN IF SQLCODE <> -942 THEN RAISE; END IF; END;`;

/** A schema of its own on the server that QIANZHI_TEST_ORACLE_URL names. */
export const harness: ProvideHarness = async () => {
  const server = await testServer("contract");
  const { admin, own, owner, reader, blind, options } = server;
  const relation = (table: string) => ({ table: [owner, table] });
  const words: SqlWords = { quote, dropTable, insertRows: 1, relation };
  const tables = sqlTables(own, words);
  const readable = async (table: string) => {
    await own(`GRANT SELECT ON "${table}" TO ${reader}`);
    await own(`GRANT SELECT ON "${table}" TO ${blind}`);
  };
  const sessions = `V$SESSION WHERE USERNAME = '${reader}'`;
  const number = async (sql: string) => Number((await admin(sql))[0]?.[0]);
  return {
    ...tables,
    async createTable(table) {
      const created = await tables.createTable(table);
      await readable(table.name);
      return created;
    },
    async createView(over) {
      const created = await tables.createView(over);
      await readable("qz_view");
      return created;
    },
    async createRows(table, count) {
      const created = await tables.createTable(table);
      const [, ...others] = table.rows[0] ?? [];
      const values = ["LEVEL + 1", ...others.map((value) => value ?? "NULL")];
      await own(
        `INSERT INTO "${table.name}" SELECT ${values.join(", ")} FROM DUAL CONNECT BY LEVEL < ${count}`,
      );
      await readable(table.name);
      return created;
    },
    open: (host) => oracle.open(options, host),
    openBlind: (host) => oracle.open({ ...options, user: blind }, host),
    openWrongly: (option, host) => oracle.open({ ...options, ...wrong[option] }, host),
    integer,
    text,
    large: longText,
    types,
    misdeclared,
    stamp: { type: stamp, now: "CAST(SYSTIMESTAMP AT TIME ZONE '+08:00' AS TIMESTAMP)" },
    session: () => session(server, words),
    async block(table) {
      const holder = await server.session();
      await holder.begin();
      await holder.run(`LOCK TABLE "${table.name}" IN SHARE MODE`);
      return {
        async release() {
          await holder.run("COMMIT");
          await holder.end();
        },
      };
    },
    slow: {
      relation: {
        query: 'SELECT COUNT(*) AS "n" FROM ALL_OBJECTS a, ALL_OBJECTS b, ALL_OBJECTS c',
      },
      running: () => number(`SELECT COUNT(*) FROM ${sessions} AND STATUS = 'ACTIVE'`),
    },
    connections: () => number(`SELECT COUNT(*) FROM ${sessions}`),
    async sever() {
      for (const [id] of await admin(`SELECT SID || ',' || SERIAL# FROM ${sessions}`))
        await admin(`ALTER SYSTEM KILL SESSION '${String(id)}' IMMEDIATE`);
    },
    async denied() {
      await own(dropTable("qz_hidden"));
      await own('CREATE TABLE "qz_hidden" ("id" NUMBER(10) PRIMARY KEY, "v" VARCHAR2(9))');
      return relation("qz_hidden");
    },
    async writeAttempt(table) {
      await own(
        `CREATE OR REPLACE FUNCTION "qz_write" RETURN NUMBER AS BEGIN DELETE FROM "${table.name}"; RETURN 1; END;`,
      );
      await own(`GRANT EXECUTE ON "qz_write" TO ${reader}`);
      return `SELECT ${owner}."qz_write"() AS "n" FROM DUAL`;
    },
    leaky: (column) => `TO_NUMBER("${column}") = 1`,
    lacks: {
      ...lacking("Oracle keeps no list of changes that a reader could ask for", "changes"),
      ...lacking("the adapter does not offer it: EXPLAIN PLAN writes into a table", "cost"),
      ...lacking("Oracle has no such type; identifiers stand in RAW or text", "uniqueidentifier"),
      ...lacking(
        "the session compares bytes, whatever the database sorts by",
        "case-insensitive",
        "accent-insensitive",
        "pinyin",
        "equal values",
      ),
      ...lacking("Oracle grants whole tables", "denied column"),
      ...lacking("prepared by a transaction manager alone, over XA", "two-phase commit"),
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
    },
  };
};

async function session(
  server: TestServer,
  words: SqlWords,
): Promise<Required<Omit<TestSession, "prepare">>> {
  const connection = await server.session();
  const run = (sql: string) => connection.run(sql);
  return {
    ...sqlSession({ run, close: () => connection.end() }, words),
    begin: () => connection.begin(),
  };
}
