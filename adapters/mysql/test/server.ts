import { createConnection, type Connection, type ConnectionOptions } from "mysql2/promise";
import type { MysqlOptions } from "../src/index.ts";

/** Where a test server is: `mysql://user:password@host:port/`, an account that may create databases and users. */
const url = process.env["QIANZHI_TEST_MYSQL_URL"];

/** Why tests on a real server are left out; false when there is one. */
export const noServer: string | false =
  url === undefined ? "QIANZHI_TEST_MYSQL_URL names no server" : false;

/** A database and a reading account of its own on the test server; disposing removes both. */
export interface TestServer extends AsyncDisposable {
  readonly admin: Connection;
  readonly options: MysqlOptions & { readonly password: string };
  readonly account: string;
  /** Another connection like `admin`, which the caller ends. */
  connect(): Promise<Connection>;
}

/** As the applications of a legacy system write: whatever the value, in local time. */
const likeLegacy = "SET SESSION sql_mode = '', time_zone = '+08:00'";

export async function testServer(purpose: string): Promise<TestServer> {
  if (noServer !== false) throw new Error(noServer);
  const { hostname: host, port, username: user, password } = new URL(url ?? "");
  const name = `qz_${purpose}_${process.pid}`;
  const connect = (settings: ConnectionOptions = {}) =>
    createConnection({
      host,
      port: Number(port === "" ? 3306 : port),
      user,
      password: decodeURIComponent(password),
      multipleStatements: true,
      charset: "utf8mb4",
      ...settings,
    });
  const admin = await connect();
  await admin.query(`DROP DATABASE IF EXISTS ${name}; CREATE DATABASE ${name} CHARACTER SET utf8mb4; USE ${name};
    ${likeLegacy}; DROP USER IF EXISTS '${name}'@'%';
    CREATE USER '${name}'@'%' IDENTIFIED BY 'reads-only'; GRANT SELECT, EXECUTE ON ${name}.* TO '${name}'@'%'`);
  return {
    admin,
    account: name,
    async connect() {
      const connection = await connect({ database: name });
      await connection.query(likeLegacy);
      return connection;
    },
    options: { host, port: Number(port), user: name, password: "reads-only", database: name },
    async [Symbol.asyncDispose]() {
      // A connection that a refused test left behind would hold the tables, and with them the end of the file.
      const [left] = await admin.query(
        "SELECT id FROM information_schema.processlist WHERE user = ?",
        [name],
      );
      for (const { id } of left as { id: number }[])
        await admin.query(`KILL ${id}`).catch(() => undefined);
      await admin.query(`DROP DATABASE ${name}; DROP USER '${name}'@'%'`);
      await admin.end().catch(() => undefined);
      admin.destroy();
    },
  };
}
