import { createConnection } from "mysql2/promise";
// @ts-expect-error It carries no types.
import pg from "pg";
import { mysql } from "../src/engine/mysql.ts";
import { postgres } from "../src/engine/postgres.ts";
import type { Engine } from "../src/engine/engine.ts";

/** A database of its own on a server, gone when disposed. */
export interface Database extends AsyncDisposable {
  readonly engine: Engine;
  readonly account: Account;
  /** Runs a script as the DBA. */
  script(sql: string): Promise<void>;
  /** Rows as arrays of texts. */
  rows(sql: string): Promise<(string | null)[][]>;
}

export interface Account {
  readonly engine: "mysql" | "postgres";
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** The servers that the tests are given; without an address one is not there. */
export const servers = [
  { name: "MariaDB", url: process.env["QIANZHI_TEST_MYSQL_URL"], open: openMysql },
  { name: "PostgreSQL", url: process.env["QIANZHI_TEST_POSTGRES_URL"], open: openPostgres },
] as const;

let opened = 0;
const nextName = (): string => `qz_tables_${process.pid}_${(opened += 1)}`;

function accountOf(url: string, engine: Account["engine"], database: string): Account {
  const { hostname: host, port, username: user, password } = new URL(url);
  return {
    engine,
    host,
    port: Number(port),
    user,
    password: decodeURIComponent(password),
    database,
  };
}

async function openMysql(url: string): Promise<Database> {
  const database = nextName();
  const account = accountOf(url, "mysql", database);
  const { host, port, user, password } = account;
  const admin = await createConnection({ host, port, user, password, multipleStatements: true });
  await admin.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4; USE ${database}`);
  return {
    engine: mysql,
    account,
    script: async (sql) => void (await admin.query(sql)),
    async rows(sql) {
      const [rows] = await admin.query({
        sql,
        rowsAsArray: true,
        typeCast: (field) => field.string(),
      });
      return rows as unknown as (string | null)[][];
    },
    async [Symbol.asyncDispose]() {
      await admin.query(`DROP DATABASE ${database}`);
      await admin.end();
    },
  };
}

interface Client {
  connect(): Promise<void>;
  query(sql: unknown): Promise<{ rows: (string | null)[][] }>;
  end(): Promise<void>;
}

async function openPostgres(url: string): Promise<Database> {
  const { Client: Connection } = pg as { readonly Client: new (options: object) => Client };
  const database = nextName();
  const account = accountOf(url, "postgres", database);
  const admin = new Connection({ ...account, database: new URL(url).pathname.slice(1) });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  const own = new Connection({
    ...account,
    types: { getTypeParser: () => (text: string) => text },
  });
  await own.connect();
  return {
    engine: postgres,
    account,
    script: async (sql) => void (await own.query(sql)),
    rows: async (text) => (await own.query({ text, rowMode: "array" })).rows,
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
}
