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
  /** Another account with the password of the first, in place of one that an earlier run may have left. */
  createAccount(name: string): Promise<void>;
  /** Why a prepared transaction ends with its session; false where it stays. */
  readonly forgetsPrepared: string | false;
}

/** A table `numbers` of the rows `seq` from 1 to `count`, for the FROM clause of servers that have no sequences. */
export function numbersTo(count: number): string {
  const digits = "SELECT 0 AS n".concat(
    ..."123456789".split("").map((n) => ` UNION ALL SELECT ${n}`),
  );
  const places = Array.from(String(count - 1), (_, place) => `p${place}`);
  const tables = places.map((place) => `(${digits}) ${place}`).join(", ");
  const sum = places.map((place, at) => `${place}.n * ${10 ** at}`).join(" + ");
  return `(SELECT ${sum} + 1 AS seq FROM ${tables} HAVING seq <= ${count}) numbers`;
}

/** As the applications of a legacy system write: whatever the value, in local time. */
const likeLegacy = "SET SESSION sql_mode = '', time_zone = '+08:00'";

let opened = 0;

export async function testServer(purpose: string): Promise<TestServer> {
  if (noServer !== false) throw new Error(noServer);
  const { hostname: host, port, username: user, password } = new URL(url ?? "");
  const name = `qz_${purpose}_${process.pid}`;
  // MySQL 5.6 takes sixteen characters, and those of further accounts begin with it.
  const account = `qz_${process.pid}_${(opened += 1)}`;
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
    ${likeLegacy}`);
  const createAccount = async (user: string) => {
    // IF EXISTS came with MySQL 5.7.
    await admin.query(`DROP USER '${user}'@'%'`).catch(() => undefined);
    await admin.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'reads-only'`);
  };
  const [versions] = await admin.query("SELECT VERSION() AS version");
  const [{ version = "" } = {}] = versions as { version?: string }[];
  await createAccount(account);
  await admin.query(`GRANT SELECT, EXECUTE ON ${name}.* TO '${account}'@'%'`);
  return {
    admin,
    account,
    createAccount,
    forgetsPrepared:
      /^5\.[0-6]\./.test(version) &&
      "a server before MySQL 5.7 rolls back what is prepared when its session ends",
    async connect() {
      const connection = await connect({ database: name });
      await connection.query(likeLegacy);
      return connection;
    },
    options: { host, port: Number(port), user: account, password: "reads-only", database: name },
    async [Symbol.asyncDispose]() {
      // A connection that a refused test left behind would hold the tables, and with them the end of the file.
      const [left] = await admin.query(
        "SELECT id FROM information_schema.processlist WHERE user = ?",
        [account],
      );
      for (const { id } of left as { id: number }[])
        await admin.query(`KILL ${id}`).catch(() => undefined);
      await admin.query(`DROP DATABASE ${name}; DROP USER '${account}'@'%'`);
      await admin.end().catch(() => undefined);
      admin.destroy();
    },
  };
}
