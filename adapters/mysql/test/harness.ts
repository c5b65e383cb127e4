import type { ConformanceHarness, WrongOption } from "@qianzhi/adapter-testkit";
import { mysql, type MysqlOptions } from "../src/index.ts";
import { hostFor, type TestServer } from "./server.ts";
import { integer, misdeclared, nativeTypes, types } from "./test-types.ts";

const wrong: Readonly<Record<WrongOption, Partial<MysqlOptions>>> = {
  password: { password: "another" },
  address: { port: 1 },
  database: { database: "qz_no_such" },
};

/** A harness over a server; `await server` first happens inside a case. */
export function mysqlHarness(server: () => TestServer): ConformanceHarness {
  const count = async (sql: string) => {
    const [rows] = await server().admin.query(sql, [server().account]);
    return Number((rows as { n: number }[])[0]?.n);
  };
  const processes = "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE USER = ?";
  return {
    integer,
    types,
    misdeclared,
    open: (signal) => mysql.open(server().options, hostFor(signal)),
    openWrongly: (option) => mysql.open({ ...server().options, ...wrong[option] }, hostFor()),
    async createTable({ name, columns, key, rows }) {
      const fields = columns.map(
        (column) =>
          `\`${column.name}\` ${nativeTypes.get(column.type)}${key.includes(column.name) ? " NOT NULL" : ""}`,
      );
      const { admin } = server();
      await admin.query(
        `DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (${fields.join(", ")}, PRIMARY KEY (${key.join(", ")}))`,
      );
      if (rows.length > 0) {
        await admin.query(
          `INSERT INTO ${name} VALUES ${rows.map((row) => `(${row.map((value) => value ?? "NULL").join(", ")})`).join(", ")}`,
        );
      }
      return { table: [name] };
    },
    above: (column, number) => `${column} > ${number}`,
    queryOver: (relation) =>
      "table" in relation ? `SELECT * FROM ${relation.table[0]};` : relation.query,
    slow: {
      relation: { query: "SELECT SLEEP(60) AS n" },
      running: () => count(`${processes} AND INFO LIKE 'SELECT%SLEEP%'`),
    },
    connections: () => count(processes),
    async sever() {
      const [rows] = await server().admin.query(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ?",
        [server().account],
      );
      for (const { ID } of rows as { ID: number }[]) await server().admin.query(`KILL ${ID}`);
    },
    async writeAttempt() {
      await server().admin
        .query(`DROP FUNCTION IF EXISTS qz_write; CREATE FUNCTION qz_write() RETURNS INT
        BEGIN DELETE FROM qz_life; RETURN 1; END`);
      return "SELECT qz_write() AS n";
    },
    leaky: (column) => `UPDATEXML(1, CONCAT('~', ${column}), 1) = 1`,
    lacks: {},
  };
}
