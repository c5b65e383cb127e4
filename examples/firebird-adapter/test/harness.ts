import {
  lacking,
  sqlSession,
  sqlTables,
  wrongPassword,
  type ProvideHarness,
  type SqlWords,
  type WrongOption,
} from "@qianzhi/adapter-testkit";
import firebird, { type FirebirdOptions } from "../src/index.ts";
import { testServer } from "./server.ts";
import { datetime, integer, large, misdeclared, text, types } from "./test-types.ts";

const wrong: Readonly<Record<WrongOption, Partial<FirebirdOptions>>> = {
  // Of another account: the server makes whoever is refused a few times wait.
  password: { user: "QZ_NOBODY", password: wrongPassword },
  address: { port: 1 },
  database: { database: "/qz_no_such.fdb" },
};

/** A literal holds 64 KiB. */
const LITERAL = 8_000;

function quote(value: string): string {
  const literal = (piece: string) => `'${piece.replaceAll("'", "''")}'`;
  if (value.length <= LITERAL) return literal(value);
  const pieces = value.match(new RegExp(`[^]{1,${LITERAL}}`, "g")) ?? [];
  return pieces.map((piece) => `CAST(${literal(piece)} AS BLOB SUB_TYPE TEXT)`).join(" || ");
}

const drop = (kind: "TABLE" | "VIEW", name: string) =>
  `IF (EXISTS(SELECT 1 FROM RDB$RELATIONS WHERE RDB$RELATION_NAME = '${name}')) THEN EXECUTE STATEMENT 'DROP ${kind} "${name}"';`;

const words: SqlWords = {
  quote,
  dropTable: (table) =>
    `EXECUTE BLOCK AS BEGIN ${drop("VIEW", "qz_view")} ${drop("TABLE", table)} END`,
  createView: (view, query) => [`CREATE OR ALTER VIEW "${view}" AS ${query}`],
  insert: (into, rows) =>
    `EXECUTE BLOCK AS BEGIN ${rows.map((row) => `INSERT INTO ${into} VALUES ${row};`).join(" ")} END`,
  // A block takes 255 of them.
  insertRows: 200,
};

/** A database of its own on the server that QIANZHI_TEST_FIREBIRD_URL names. */
export const harness: ProvideHarness = async ({ QIANZHI_TEST_FIREBIRD_URL }) => {
  const server = await testServer(QIANZHI_TEST_FIREBIRD_URL!);
  const { admin, options } = server;
  const { role: _, ...blind } = options;
  const count = async (from: string) =>
    Number((await admin.run(`SELECT COUNT(*) FROM ${from}`))[0]?.[0]);
  const tables = sqlTables(admin.run, words);
  const { createTable } = tables;
  const denied = ["id", "v"].map((name) => ({ name, type: integer }));
  const attachments = `MON$ATTACHMENTS WHERE MON$USER = '${options.user}'`;
  return {
    ...tables,
    async createTable(table) {
      const relation = await createTable(table);
      await admin.run(`GRANT SELECT ON "${table.name}" TO ${options.user}`);
      return relation;
    },
    open: (host) => firebird.open(options, host),
    openBlind: (host) => firebird.open(blind, host),
    openWrongly: (option, host) => firebird.open({ ...options, ...wrong[option] }, host),
    openDenied: (host) => firebird.open(blind, host),
    denied: () => createTable({ name: "qz_denied", key: ["id"], rows: [], columns: denied }),
    integer,
    text,
    large,
    types,
    misdeclared,
    stamp: { type: datetime, now: "CURRENT_TIMESTAMP" },
    async session() {
      const { run, ...own } = await server.connect();
      return { ...sqlSession({ run, close: own.close }, words), ...own };
    },
    async block(table) {
      const holder = await server.connect();
      await holder.begin();
      await holder.run(`INSERT INTO "${table.name}" ("id") VALUES (1)`);
      return {
        async release() {
          await holder.rollback();
          await holder.close();
        },
      };
    },
    slow: {
      relation: {
        query: 'SELECT COUNT(*) AS "n" FROM RDB$FIELDS a, RDB$FIELDS b, RDB$FIELDS c, RDB$FIELDS d',
      },
      running: () =>
        count(
          "MON$STATEMENTS WHERE MON$STATE = 1 AND MON$SQL_TEXT CONTAINING 'RDB$FIELDS d' AND MON$ATTACHMENT_ID <> CURRENT_CONNECTION",
        ),
    },
    connections: () => count(attachments),
    async sever() {
      await admin.run(`DELETE FROM ${attachments}`);
    },
    async writeAttempt(table) {
      await admin.run(`CREATE OR ALTER PROCEDURE QZ_WRITE RETURNS ("n" INTEGER) AS BEGIN
        DELETE FROM "${table.name}"; "n" = 1; SUSPEND; END`);
      return 'SELECT "n" FROM QZ_WRITE';
    },
    leaky: (column) => `CAST("${column}" AS INTEGER) = 1`,
    lacks: {
      ...lacking("it offers no change feed", "changes"),
      ...lacking("plans are told in words, without numbers of rows", "cost"),
      ...lacking(
        "Firebird sorts by more than such a collation compares, so that its own order is that of the code points",
        "case-insensitive",
        "accent-insensitive",
      ),
      ...lacking("Firebird has no such collation", "pinyin"),
      ...lacking(
        "Firebird has no such type; identifiers stand in text or bytes",
        "uniqueidentifier",
      ),
      ...lacking("Firebird grants reading by the table alone", "denied column"),
      ...lacking("the driver cannot prepare a transaction", "two-phase commit"),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
