import type { ConformanceHarness, WrongOption } from "@qianzhi/adapter-testkit";
import { postgres, type PostgresOptions } from "../src/index.ts";
import { hostFor, type TestServer } from "./server.ts";
import { integer, nativeTypes, types } from "./test-types.ts";

const wrong: Readonly<Record<WrongOption, Partial<PostgresOptions>>> = {
  password: { password: "another" },
  address: { port: 1 },
  database: { database: "qz_no_such" },
};

const quote = (name: string) => `"${name}"`;

/** A harness over a server; `await server` first happens inside a case. */
export function postgresHarness(server: () => TestServer): ConformanceHarness {
  const count = async (sql: string) => Number((await server().admin(sql))[0]?.[0]);
  const sessions = () =>
    `SELECT count(*) FROM pg_stat_activity WHERE usename = '${server().account}'`;
  return {
    integer,
    types,
    open: (signal) => postgres.open(server().options, hostFor(signal)),
    openWrongly: (option) => postgres.open({ ...server().options, ...wrong[option] }, hostFor()),
    async createTable({ name, columns, key, rows }) {
      const fields = columns.map(
        (column) =>
          `${quote(column.name)} ${nativeTypes.get(column.type)}${key.includes(column.name) ? " NOT NULL" : ""}`,
      );
      await server().admin(
        `DROP TABLE IF EXISTS ${name} CASCADE; CREATE TABLE ${name} (${fields.join(", ")}, PRIMARY KEY (${key.map(quote).join(", ")}))`,
      );
      const values = rows.map((row) => `(${row.map((value) => value ?? "NULL").join(", ")})`);
      if (values.length > 0)
        await server().admin(`INSERT INTO ${name} VALUES ${values.join(", ")}`);
      return { table: [name] };
    },
    above: (column, number) => `${quote(column)} > ${number}`,
    queryOver: (relation) =>
      "table" in relation ? `SELECT * FROM ${relation.table[0]};` : relation.query,
    slow: {
      relation: { query: "SELECT 1 AS n FROM pg_sleep(60)" },
      running: () => count(`${sessions()} AND query LIKE 'SELECT%pg_sleep%' AND state = 'active'`),
    },
    connections: () => count(sessions()),
    async sever() {
      await server().admin(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${server().account}'`,
      );
    },
    async writeAttempt() {
      await server()
        .admin(`CREATE OR REPLACE FUNCTION qz_write() RETURNS int LANGUAGE plpgsql SECURITY DEFINER
        AS 'BEGIN DELETE FROM qz_life; RETURN 1; END'`);
      return "SELECT qz_write() AS n";
    },
    leaky: (column) =>
      `CAST(${quote(column)} AS text) || 'x' = CAST(CAST(${quote(column)} || 'x' AS int) AS text)`,
    lacks: {
      bytes:
        "the database of this suite has one encoding, which it enforces; see sql-ascii.test.ts",
    },
  };
}
