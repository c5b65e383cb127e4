import { TestClient } from "./driver.ts";
import type { PostgresOptions } from "../src/index.ts";

/** Where a test server is: `postgres://user:password@host:port/database`, an account that may create databases and roles. */
const url = process.env["QIANZHI_TEST_POSTGRES_URL"];

/** Why tests on a real server are left out; false when there is one. */
export const noServer: string | false =
  url === undefined ? "QIANZHI_TEST_POSTGRES_URL names no server" : false;

/** A database and a reading account of its own on the test server; disposing removes both. */
export interface TestServer extends AsyncDisposable {
  /** Statements of an administrator in the database of its own, many in one text if need be. */
  admin(sql: string): Promise<readonly unknown[][]>;
  /** Another session of the administrator, for transactions. */
  session(): Promise<TestSession>;
  readonly options: PostgresOptions & { readonly password: string };
  readonly account: string;
  /** 150005 for 15.5. */
  readonly version: number;
}

export interface TestSession {
  run(sql: string): Promise<readonly unknown[][]>;
  end(): Promise<void>;
}

export async function testServer(purpose: string, encoding?: string): Promise<TestServer> {
  if (noServer !== false) throw new Error(noServer);
  const { hostname: host, port, username: user, password, pathname } = new URL(url ?? "");
  const name = `qz_${purpose}_${process.pid}`;
  const login = { host, port: Number(port === "" ? 5432 : port), user };
  const secret = decodeURIComponent(password);
  const connect = async (database: string): Promise<TestSession> => {
    const client = new TestClient({ ...login, password: secret, database });
    client.on("error", () => undefined);
    await client.connect();
    return {
      async run(sql) {
        const result = await client.query({ text: sql, rowMode: "array" });
        return [result].flat().at(-1)?.rows ?? [];
      },
      end: () => client.end(),
    };
  };
  const root = await connect(pathname.slice(1));
  const drop = async () => {
    // WITH (FORCE) came with PostgreSQL 13.
    await root.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    await root.run(`DROP DATABASE IF EXISTS ${name}`);
  };
  await drop();
  await root.run(`DROP ROLE IF EXISTS ${name}`);
  await root.run(
    `CREATE DATABASE ${name} TEMPLATE template0${encoding === undefined ? "" : ` ENCODING '${encoding}'`}`,
  );
  const admin = await connect(name);
  const [[version] = []] = await admin.run("SELECT current_setting('server_version_num')");
  await admin.run(
    `SET TIME ZONE '+08'; SET lc_monetary = 'C'; CREATE ROLE ${name} LOGIN PASSWORD 'reads-only'; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${name}`,
  );
  return {
    admin: admin.run,
    session: () => connect(name),
    account: name,
    version: Number(version),
    options: { ...login, user: name, password: "reads-only", database: name },
    async [Symbol.asyncDispose]() {
      await admin.run(`DROP OWNED BY ${name}`);
      await admin.end();
      await drop();
      await root.run(`DROP ROLE ${name}`);
      await root.end();
    },
  };
}
