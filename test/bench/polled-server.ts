import mysql from "@qianzhi/adapter-mysql";
import postgres from "@qianzhi/adapter-postgres";
import type { Adapter } from "@qianzhi/sdk";
import { createConnection, type RowDataPacket } from "mysql2/promise";
// @ts-expect-error It carries no types.
import pg from "pg";
import { fillNarrowTable, narrow } from "./narrow-table.ts";

/** A server with a table that is polled, which counts what it does. */
export interface PolledServer {
  readonly adapter: Adapter;
  readonly options: Readonly<Record<string, unknown>>;
  fill(rows: number): Promise<void>;
  /** Counters that only grow, by name. */
  counters(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

const database = "qianzhi_poll";

export const polledServer = (url: string): Promise<PolledServer> =>
  url.startsWith("mysql:") ? onMariadb(url) : onPostgresql(url);

const accountOf = (url: string) => {
  const { hostname: host, port, username: user, password } = new URL(url);
  return { host, port: Number(port), user, password, database };
};

async function onMariadb(url: string): Promise<PolledServer> {
  const connection = await createConnection(url);
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
  await connection.query(`USE ${database}`);
  return {
    adapter: mysql as Adapter,
    options: accountOf(url),
    fill: (rows) => fillNarrowTable(connection, rows),
    async counters() {
      const [found] = await connection.query<RowDataPacket[]>(
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Handler_read_key', 'Handler_read_next', 'Handler_read_rnd_next')",
      );
      return new Map(found.map((row) => [String(row["Variable_name"]), Number(row["Value"])]));
    },
    close: () => connection.end(),
  };
}

interface Client {
  connect(): Promise<void>;
  query(sql: string): Promise<{ readonly rows: readonly Readonly<Record<string, string>>[] }>;
  end(): Promise<void>;
}

async function onPostgresql(url: string): Promise<PolledServer> {
  const { Client: Connection } = pg as { readonly Client: new (options: object) => Client };
  const account = accountOf(url);
  const admin = new Connection({ ...account, database: new URL(url).pathname.slice(1) });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  const own = new Connection(account);
  await own.connect();
  await own.query("CREATE EXTENSION pg_stat_statements");
  return {
    adapter: postgres as Adapter,
    options: account,
    async fill(rows) {
      await own.query(`CREATE TABLE ${narrow} (id INT PRIMARY KEY, v INT NOT NULL, at TIMESTAMP(0) NOT NULL);
        INSERT INTO ${narrow} SELECT n, 1, TIMESTAMP '2020-01-01' + n * INTERVAL '1 second' FROM generate_series(1, ${rows}) n;
        CREATE INDEX ON ${narrow} (at, id)`);
      await own.query(`VACUUM ANALYZE ${narrow}`);
    },
    async counters() {
      const [row = {}] = (
        await own.query(`SELECT sum(calls) AS "statements", sum(rows) AS "rows",
          sum(shared_blks_hit + shared_blks_read) AS "blocks touched" FROM pg_stat_statements`)
      ).rows;
      return new Map(Object.entries(row).map(([name, count]) => [name, Number(count)]));
    },
    close: () => own.end(),
  };
}
