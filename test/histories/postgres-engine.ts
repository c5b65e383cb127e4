import { postgres } from "@qianzhi/adapter-postgres";
import { QianzhiError } from "@qianzhi/sdk";
// @ts-expect-error The driver carries no types.
import driver from "pg";
import { realWorld } from "../world/real-world.ts";
import type { HistoryEngine, Pace, WriterSession } from "./engine.ts";
import { weathers } from "./weather.ts";

/** The part of the driver that is used here. */
interface Client {
  connect(): Promise<void>;
  query(sql: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  on(event: "error", listener: () => void): void;
  end(): Promise<void>;
}
const { Client: PgClient } = driver as unknown as {
  readonly Client: new (config: object) => Client;
};

/** The horizon lies a second behind the clock: only who is open for longer is missed where it is not looked for. */
const pace: Pace = {
  sideBySide: 10,
  actMs: 2_500,
  briefMs: 200,
  long: { shortestMs: 1_100, longestMs: 1_800 },
  preparedMs: 950,
  pauseMs: 600,
  polls: { shortestMs: 510, longestMs: 700 },
};

/** Of the applications. Whoever makes tables and slots for them waits longer: a slot waits for every transaction of the server. */
const LEGACY_LOCK_TIMEOUT = "1s";

/** Engines of this process, which must not share a database. */
let opened = 0;

/** The PostgreSQL that this address names, `postgres://user:password@host:port/database`. */
export async function postgresEngine(url: string): Promise<HistoryEngine> {
  const { hostname: host, port, username, password, pathname } = new URL(url);
  const name = `qz_history_${process.pid}_${(opened += 1)}`;
  const server = { host, port: Number(port === "" ? 5432 : port) };
  const connect = async (database: string, lockTimeout = "60s"): Promise<Client> => {
    const client = new PgClient({
      ...server,
      user: username,
      password: decodeURIComponent(password),
      database,
    });
    client.on("error", () => undefined);
    await client.connect();
    await client.query(`SET TIME ZONE '+08'; SET lock_timeout = '${lockTimeout}'`);
    return client;
  };
  const root = await connect(pathname.slice(1));
  const drop = async () => {
    // WITH (FORCE) came with PostgreSQL 13.
    await root.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    await root.query(`DROP DATABASE IF EXISTS ${name}`);
  };
  await drop();
  await root.query(`DROP ROLE IF EXISTS ${name}`);
  await root.query(`CREATE DATABASE ${name}`);
  await root.query(`CREATE ROLE ${name} LOGIN PASSWORD 'reads-only' IN ROLE pg_read_all_stats`);
  const admin = await connect(name);
  await admin.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${name}`);
  const options = { ...server, user: name, password: "reads-only", database: name };
  const never = new AbortController().signal;
  const {
    rows: [settings],
  } = await admin.query("SELECT current_setting('server_version_num') AS version");
  const version = settings?.["version"];
  const feed = async (table: string): Promise<void> => {
    const { clock, log } = realWorld();
    const host = { clock, log, decode: String, signal: never, offset: "+08:00" };
    const source = await postgres.open(options, host);
    try {
      await source.changes!({ table: [table] }, [{ name: "id" }], undefined, never);
    } catch (error) {
      // What the DBA is asked to run, statement by statement.
      const script = QianzhiError.is(error) ? String(error.details["grant"]) : "";
      for (const statement of script.split(";").filter((each) => each.trim() !== ""))
        await admin.query(statement);
    } finally {
      await source.close();
    }
  };
  return {
    name: "PostgreSQL",
    adapter: postgres,
    sourceOptions: options,
    pace,
    weathers: [weathers.writing, weathers.thinking, weathers.prepared, weathers.mixed],
    stampTypes: ["timestamptz", "timestamp(3)", "timestamp(0)"],
    async createTable(table, stampType) {
      await admin.query(
        `CREATE TABLE ${table} (id int PRIMARY KEY, value int NOT NULL, gone int NOT NULL DEFAULT 0, at ${stampType} NOT NULL);
         CREATE INDEX ON ${table} (at, id); INSERT INTO ${table} VALUES (0, 0, 0, now())`,
      );
    },
    ...(Number(version) < 110_000 ? {} : { feed }),
    async dropTable(table) {
      await admin.query(`DROP TABLE ${table}`);
      await admin.query(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name ~ '^qianzhi_${table}_' AND NOT active`,
      );
    },
    async rows(table) {
      const { rows } = await admin.query(`SELECT id, value FROM ${table} WHERE gone = 0`);
      return new Map(rows.map(({ id, value }) => [Number(id), Number(value)]));
    },
    session: async () => writerSession(await connect(name, LEGACY_LOCK_TIMEOUT)),
    run: async (sql) => void (await admin.query(sql)),
    decide: async (id, commit) =>
      void (await admin.query(`${commit ? "COMMIT" : "ROLLBACK"} PREPARED '${id}'`)),
    async block(tables, lock, work) {
      const locker = await connect(name, LEGACY_LOCK_TIMEOUT);
      try {
        await locker.query("BEGIN");
        await locker.query(
          `LOCK TABLE ${tables.join(", ")} IN ${lock === "backup" ? "SHARE" : "ACCESS EXCLUSIVE"} MODE`,
        );
        await work();
      } finally {
        await locker.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await admin.query(`DROP OWNED BY ${name}`);
      await admin.end();
      await drop();
      await root.query(`DROP ROLE ${name}`);
      await root.end();
    },
  };
}

function writerSession(client: Client): WriterSession {
  const run = async (sql: string): Promise<void> => void (await client.query(sql));
  let id: string | undefined;
  return {
    async begin(prepareAs) {
      await run("BEGIN");
      id = prepareAs;
    },
    insert: (table, row, value) => run(`INSERT INTO ${table} VALUES (${row}, ${value}, 0, now())`),
    update: (table, row, value) =>
      run(`UPDATE ${table} SET value = ${value}, at = now() WHERE id = ${row}`),
    flag: (table, row) => run(`UPDATE ${table} SET gone = 1, at = now() WHERE id = ${row}`),
    remove: (table, row) => run(`DELETE FROM ${table} WHERE id = ${row}`),
    commit: () => run("COMMIT"),
    rollback: () => run("ROLLBACK"),
    prepare: () => run(`PREPARE TRANSACTION '${id}'`),
    end: () => client.end(),
  };
}
