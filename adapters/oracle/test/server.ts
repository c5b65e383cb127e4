import type { OracleOptions } from "../src/index.ts";
import { loadOracledb, type DriverConnection } from "../src/connect.ts";

/** Where a test server is: `oracle://user:password@host:port/service`, an account that may create users. */
const url = process.env["QIANZHI_TEST_ORACLE_URL"];

/** Why tests on a real server are left out; false when there is one. */
export const noServer: string | false =
  url === undefined ? "QIANZHI_TEST_ORACLE_URL names no server" : false;

export interface TestSession {
  /** Commits by itself but between `begin` and the end of the transaction. */
  run(sql: string): Promise<readonly unknown[][]>;
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** A schema and two reading accounts of its own on the test server; disposing removes them. */
export interface TestServer extends AsyncDisposable {
  readonly owner: string;
  readonly reader: string;
  /** May not see other sessions. */
  readonly blind: string;
  readonly options: OracleOptions;
  /** Statements of the administrator. */
  admin(sql: string): Promise<readonly unknown[][]>;
  /** Statements of the owner of the tables. */
  own(sql: string): Promise<readonly unknown[][]>;
  /** Another session of the owner, for transactions. */
  session(): Promise<TestSession>;
}

const PASSWORD = "Qz_reads_0nly";
const views = ["GV_$SESSION", "GV_$TRANSACTION", "DBA_2PC_PENDING"];

export async function testServer(purpose: string): Promise<TestServer> {
  const { hostname: host, port, username, password, pathname } = new URL(url ?? "");
  const place = { host, port: Number(port === "" ? 1521 : port), service: pathname.slice(1) };
  const connect = async (user: string, secret: string): Promise<TestSession> => {
    const driver = await loadOracledb();
    const connectString = `${host}:${place.port}/${place.service}`;
    const connection = await driver.getConnection({ user, password: secret, connectString });
    return sessionOver(connection);
  };
  const name = `QZ_${purpose}_${process.pid}`.toUpperCase();
  const [owner, reader, blind] = [`${name}_O`, `${name}_R`, `${name}_B`];
  const administrator = await connect(username, decodeURIComponent(password));
  for (const user of [owner, reader, blind])
    await administrator.run(`CREATE USER ${user} IDENTIFIED BY "${PASSWORD}"`);
  await administrator.run(
    `GRANT CREATE SESSION, CREATE TABLE, CREATE VIEW, CREATE PROCEDURE, UNLIMITED TABLESPACE TO ${owner}`,
  );
  await administrator.run(`GRANT CREATE SESSION TO ${reader}, ${blind}`);
  for (const view of views) await administrator.run(`GRANT SELECT ON SYS.${view} TO ${reader}`);
  const writer = await connect(owner, PASSWORD);
  return {
    owner,
    reader,
    blind,
    // The suite is what shows whether the horizon is exact.
    options: { ...place, user: reader, password: PASSWORD, schema: owner, exactHorizon: true },
    admin: (sql) => administrator.run(sql),
    own: (sql) => writer.run(sql),
    session: () => connect(owner, PASSWORD),
    async [Symbol.asyncDispose]() {
      await writer.end();
      for (const user of [owner, reader, blind])
        await administrator.run(`DROP USER ${user} CASCADE`).catch(() => {});
      await administrator.end();
    },
  };
}

function sessionOver(connection: DriverConnection): TestSession {
  let open = false;
  return {
    async run(sql) {
      if (/^(COMMIT|ROLLBACK)$/.test(sql)) open = false;
      const { rows = [] } = await connection.execute(sql, [], { autoCommit: !open });
      return rows;
    },
    async begin() {
      open = true;
    },
    end: () => connection.close(),
  };
}
