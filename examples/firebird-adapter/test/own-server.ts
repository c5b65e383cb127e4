import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logIn } from "./log-in.ts";

export interface OwnServer extends AsyncDisposable {
  /** As QIANZHI_TEST_FIREBIRD_URL names one. */
  readonly url: string;
}

const PROGRAM = "/usr/sbin/firebird";
const ACCOUNTS = "/var/lib/firebird/3.0/system/security3.fdb";
const PASSWORD = "masterkey";

const library = () =>
  readdirSync("/usr/lib")
    .map((name) => `/usr/lib/${name}/firebird/3.0`)
    .find((folder) => existsSync(folder));

/** Why no server can be started here; false where it can. */
export const noFirebird: string | false =
  existsSync(PROGRAM) && existsSync(ACCOUNTS)
    ? false
    : "Firebird is not installed as the package firebird3.0-server does, or its accounts may not be read";

/** A server on a free port of this machine, in a folder of its own, which disposing removes. */
export async function ownServer(): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), "qianzhi-firebird-"));
  const port = await freePort();
  const installed = library()!;
  for (const part of ["plugins", "firebird.msg"])
    symlinkSync(join(installed, part), join(folder, part));
  // Through a link the server does not find its charsets.
  for (const part of ["intl", "plugins.conf"])
    cpSync(join(installed, part), join(folder, part), { recursive: true, dereference: true });
  const accounts = join(folder, "security3.fdb");
  cpSync(ACCOUNTS, accounts);
  mkdirSync(join(folder, "lock"));
  const settings = {
    RemoteServicePort: port,
    RemoteBindAddress: "127.0.0.1",
    SecurityDatabase: accounts,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(folder, "firebird.conf"), lines.join(""));
  writeFileSync(join(folder, "databases.conf"), "");
  const env = {
    ...process.env,
    FIREBIRD: folder,
    FIREBIRD_LOCK: join(folder, "lock"),
    FIREBIRD_TMP: folder,
    // Its clock is that of its machine; sources are in China unless they say so.
    TZ: "Asia/Shanghai",
  };
  const input = `CREATE OR ALTER USER SYSDBA PASSWORD '${PASSWORD}';\n`;
  let server: ChildProcess | undefined;
  const stop = async () => {
    const ended = server && new Promise((resolve) => server!.once("exit", resolve));
    // Nothing of it is wanted any more, and asked to end it may take its time.
    if (server?.exitCode === null && server.kill("SIGKILL")) await ended;
  };
  /** The accounts are changed while nobody else has them open. */
  const start = async () => {
    await stop();
    execFileSync("isql-fb", ["-user", "SYSDBA", accounts], { env, input });
    server = spawn(PROGRAM, ["-p", String(port)], { env, stdio: "ignore" });
  };
  const dispose = async () => {
    await stop();
    rmSync(folder, { recursive: true });
  };
  try {
    await start();
    const account = { user: "SYSDBA", password: PASSWORD };
    const place = { host: "127.0.0.1", port, database: join(folder, "first.fdb") };
    await (await logIn({ ...place, ...account }, start)).detachAsync();
  } catch (error) {
    await dispose();
    throw error;
  }
  const url = `firebird://SYSDBA:${PASSWORD}@127.0.0.1:${port}/${folder}`;
  return { url, [Symbol.asyncDispose]: dispose };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
