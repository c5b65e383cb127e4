import mysql from "@qianzhi/adapter-mysql";
import postgres from "@qianzhi/adapter-postgres";
import type { Adapter } from "@qianzhi/sdk";
import { createConnection } from "mysql2/promise";
// @ts-expect-error It carries no types.
import pg from "pg";

/** A database of its own on a server, gone when disposed. */
export interface Legacy extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly options: Readonly<Record<string, unknown>>;
  exec(sql: string): Promise<unknown>;
  /** The rows of a query for texts. */
  rows(sql: string): Promise<(string | null)[][]>;
}

const account = (url: string) => {
  const { hostname: host, port, username: user, password } = new URL(url);
  return { host, port: Number(port), user, password: decodeURIComponent(password) };
};
const database = `qz_test_${process.pid}`;

const digits = `SELECT 0 AS n ${Array.from({ length: 9 }, (_, at) => `UNION ALL SELECT ${at + 1}`).join(" ")}`;

/** The servers that the tests are given; without an address one is not there. */
export const servers = [
  {
    name: "MariaDB",
    url: process.env["QIANZHI_TEST_MYSQL_URL"],
    numbers: `SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 1 AS n
      FROM (${digits}) a, (${digits}) b, (${digits}) c, (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) d`,
    async open(url: string): Promise<Legacy> {
      const admin = await createConnection({ ...account(url), multipleStatements: true });
      await admin.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4; USE ${database}`);
      return {
        adapter: mysql as Adapter,
        options: { ...account(url), database },
        exec: (sql) => admin.query(sql),
        async rows(sql) {
          const [rows] = await admin.query({ sql, rowsAsArray: true });
          return rows as unknown as (string | null)[][];
        },
        async [Symbol.asyncDispose]() {
          await admin.query(`DROP DATABASE ${database}`);
          await admin.end();
        },
      };
    },
  },
  {
    name: "PostgreSQL",
    url: process.env["QIANZHI_TEST_POSTGRES_URL"],
    numbers: "SELECT n FROM generate_series(1, 5000) AS n",
    async open(url: string): Promise<Legacy> {
      const { Client } = pg as {
        readonly Client: new (options: object) => {
          connect(): Promise<void>;
          query(sql: string | object): Promise<unknown>;
          end(): Promise<void>;
        };
      };
      const admin = new Client({ ...account(url), database: new URL(url).pathname.slice(1) });
      await admin.connect();
      await admin.query(`CREATE DATABASE ${database}`);
      const own = new Client({ ...account(url), database });
      await own.connect();
      return {
        adapter: postgres as Adapter,
        options: { ...account(url), database },
        exec: (sql) => own.query(sql),
        async rows(text) {
          const answer = await own.query({ text, rowMode: "array" });
          return (answer as { readonly rows: (string | null)[][] }).rows;
        },
        async [Symbol.asyncDispose]() {
          await own.end();
          // WITH (FORCE) came with PostgreSQL 13.
          await admin.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
          );
          await admin.query(`DROP DATABASE ${database}`);
          await admin.end();
        },
      };
    },
  },
];
