import { setTimeout as delay } from "node:timers/promises";
import { mysql } from "@qianzhi/adapter-mysql";
import { createConnection, type Connection } from "mysql2/promise";
import type { HistoryEngine, Pace, WriterSession } from "./engine.ts";
import { weathers } from "./weather.ts";

/** A transaction that was not listed by the poll before counts from that poll: some are begun after it, and some before. */
const pace: Pace = {
  sideBySide: 10,
  actMs: 1_500,
  briefMs: 300,
  long: { shortestMs: 300, longestMs: 900 },
  preparedMs: 100,
  pauseMs: 400,
  polls: { shortestMs: 510, longestMs: 700 },
};

/** Engines of this process, which must not share a database. */
let opened = 0;

/** The MariaDB or MySQL that this address names, `mysql://user:password@host:port/`. */
export async function mysqlEngine(url: string): Promise<HistoryEngine> {
  const { hostname: host, port, username, password } = new URL(url);
  opened += 1;
  const name = `qz_history_${process.pid}_${opened}`;
  // MySQL 5.6 takes sixteen characters.
  const reader = `qz_${process.pid}_${opened}`;
  const server = { host, port: Number(port === "" ? 3306 : port) };
  const connect = async (database?: string): Promise<Connection> => {
    const connection = await createConnection({
      ...server,
      user: username,
      password: decodeURIComponent(password),
      ...(database === undefined ? {} : { database }),
    });
    connection.on("error", () => undefined);
    await connection.query(
      "SET SESSION time_zone = '+08:00', innodb_lock_wait_timeout = 1, lock_wait_timeout = 5",
    );
    return connection;
  };
  const root = await connect();
  await root.query(`DROP DATABASE IF EXISTS ${name}`);
  await root.query(`CREATE DATABASE ${name}`);
  // OR REPLACE is MariaDB's, and IF EXISTS came with MySQL 5.7.
  await root.query(`DROP USER '${reader}'@'%'`).catch(() => undefined);
  await root.query(`CREATE USER '${reader}'@'%' IDENTIFIED BY 'reads-only'`);
  await root.query(`GRANT SELECT ON ${name}.* TO '${reader}'@'%'`);
  await root.query(`GRANT PROCESS ON *.* TO '${reader}'@'%'`);
  const admin = await connect(name);
  const [versions] = await admin.query("SELECT VERSION() AS version");
  const [{ version = "" } = {}] = versions as { version?: string }[];
  // Before 5.7 what is prepared ends with its session, which alone may decide about it.
  const ownPrepared = /^5\.[0-6]\./.test(version) ? new Map<string, Connection>() : undefined;
  return {
    name: "MariaDB",
    adapter: mysql,
    sourceOptions: { ...server, user: reader, password: "reads-only", database: name },
    pace,
    weathers: [weathers.writing, weathers.watched, weathers.backup, weathers.brief, weathers.mixed],
    stampTypes: ["DATETIME(6)", "TIMESTAMP(3)", "DATETIME"],
    async createTable(table, stampType) {
      await admin.query(
        `CREATE TABLE ${table} (id INT PRIMARY KEY, value INT NOT NULL, gone INT NOT NULL DEFAULT 0, at ${stampType} NOT NULL, KEY (at, id)) ENGINE=InnoDB`,
      );
      await admin.query(`INSERT INTO ${table} VALUES (0, 0, 0, NOW(6))`);
    },
    dropTable: async (table) => void (await admin.query(`DROP TABLE ${table}`)),
    async rows(table) {
      const [rows] = await admin.query(`SELECT id, value FROM ${table} WHERE gone = 0`);
      return new Map((rows as { id: number; value: number }[]).map(({ id, value }) => [id, value]));
    },
    run: async (sql) => void (await admin.query(sql)),
    session: async () =>
      writerSession(await connect(name), async (prepared, xid) => {
        if (ownPrepared === undefined) await prepared.end();
        else ownPrepared.set(xid, prepared);
        return connect(name);
      }),
    async decide(xid, commit) {
      const own = ownPrepared?.get(xid);
      if (own !== undefined) {
        await own.query(`XA ${commit ? "COMMIT" : "ROLLBACK"} '${xid}'`);
        return own.end();
      }
      // The server may not have noticed yet that the session which prepared it is gone.
      for (let attempt = 1; ; attempt += 1)
        try {
          await admin.query(`XA ${commit ? "COMMIT" : "ROLLBACK"} '${xid}'`);
          return;
        } catch (error) {
          if (attempt === 50) throw error;
          await delay(20);
        }
    },
    async block(tables, lock, work) {
      const locker = await connect(name);
      try {
        await locker.query(
          lock === "backup"
            ? "FLUSH TABLES WITH READ LOCK"
            : `LOCK TABLES ${tables.join(" WRITE, ")} WRITE`,
        );
        await work();
      } finally {
        await locker.query("UNLOCK TABLES");
        await locker.end();
      }
    },
    async watch(work) {
      let watching = true;
      const monitor = (async () => {
        while (watching) {
          await root.query("SELECT COUNT(*) FROM information_schema.INNODB_TRX");
          await delay(20);
        }
      })();
      try {
        await work();
      } finally {
        watching = false;
        await monitor;
      }
    },
    async [Symbol.asyncDispose]() {
      await root.query(`DROP DATABASE ${name}`);
      await root.query(`DROP USER '${reader}'@'%'`);
      await Promise.all([admin.end(), root.end()]);
    },
  };
}

/** @param leave Takes a connection that has prepared a transaction, and gives another one. */
function writerSession(
  first: Connection,
  leave: (prepared: Connection, xid: string) => Promise<Connection>,
): WriterSession {
  let connection = first;
  let xid: string | undefined;
  const run = async (sql: string): Promise<void> => void (await connection.query(sql));
  return {
    async begin(prepareAs) {
      await run(prepareAs === undefined ? "BEGIN" : `XA START '${prepareAs}'`);
      xid = prepareAs;
    },
    insert: (table, id, value) => run(`INSERT INTO ${table} VALUES (${id}, ${value}, 0, NOW(6))`),
    update: (table, id, value) =>
      run(`UPDATE ${table} SET value = ${value}, at = NOW(6) WHERE id = ${id}`),
    flag: (table, id) => run(`UPDATE ${table} SET gone = 1, at = NOW(6) WHERE id = ${id}`),
    remove: (table, id) => run(`DELETE FROM ${table} WHERE id = ${id}`),
    commit: () => run("COMMIT"),
    async rollback() {
      if (xid === undefined) return run("ROLLBACK");
      await run(`XA END '${xid}'`).catch(() => undefined);
      await run(`XA ROLLBACK '${xid}'`).catch(() => undefined);
    },
    async prepare() {
      await run(`XA END '${xid}'`);
      await run(`XA PREPARE '${xid}'`);
      // Nobody else may decide about it while its session lives.
      connection = await leave(connection, xid ?? "");
    },
    end: () => connection.end(),
  };
}
