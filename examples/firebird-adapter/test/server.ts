import { attachAsync, attachOrCreateAsync, type Database, type Options } from "node-firebird";
import type { FirebirdOptions } from "../src/index.ts";
import { logIn } from "./log-in.ts";

/** Why tests on a server that the environment names are left out; false when there is one. */
export const noServer: string | false =
  process.env["QIANZHI_TEST_FIREBIRD_URL"] === undefined
    ? "QIANZHI_TEST_FIREBIRD_URL names no server; test:deep starts one where it is installed"
    : false;

/** A legacy system's connection, which writes. */
export interface Writer {
  /** Commits by itself outside `begin`. */
  run(sql: string): Promise<unknown[][]>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  close(): Promise<void>;
}

export interface TestServer extends AsyncDisposable {
  readonly admin: Writer;
  /** Of an account that reads, and with the role is shown the transactions of others. */
  readonly options: FirebirdOptions;
  connect(): Promise<Writer>;
}

const READER = "QZ_READER";
const PASSWORD = "qz-reader-1";

/** The administrator's, in a database of its own: `firebird://SYSDBA:password@host:port//folder`. */
export function optionsOf(address: string) {
  const url = new URL(address);
  return {
    host: url.hostname,
    port: Number(url.port),
    database: `${decodeURIComponent(url.pathname).slice(1)}/qz_contract.fdb`,
    user: url.username,
    password: decodeURIComponent(url.password),
  };
}

export async function testServer(address: string): Promise<TestServer> {
  const { host, port, database, ...account } = optionsOf(address);
  const place = { host, port, database };
  const config: Options = { ...place, ...account, encoding: "UTF8", pageSize: 8192 };
  const created = await attachOrCreateAsync(config);
  const admin = writer(created);
  const options = { ...place, user: READER, password: PASSWORD, role: "RDB$ADMIN" };
  const setPassword = async () => {
    await admin.run(`CREATE OR ALTER USER ${READER} PASSWORD '${PASSWORD}'`);
    await admin.run(`GRANT RDB$ADMIN TO ${READER}`);
  };
  await setPassword();
  await (await logIn(options, setPassword)).detachAsync();
  return {
    admin,
    options,
    connect: async () => writer(await attachAsync(config)),
    [Symbol.asyncDispose]: () => created.dropAsync(),
  };
}

function writer(db: Database): Writer {
  let open: Awaited<ReturnType<Database["transactionAsync"]>> | undefined;
  return {
    run: async (sql) => ((await (open ?? db).executeAsync(sql)) ?? []) as unknown[][],
    async begin() {
      open = await db.transactionAsync();
    },
    async commit() {
      await open?.commitAsync();
      open = undefined;
    },
    async rollback() {
      await open?.rollbackAsync();
      open = undefined;
    },
    async close() {
      await open?.rollbackAsync();
      await db.detachAsync(true);
    },
  };
}
