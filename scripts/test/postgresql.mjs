import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { runCommand } from "../process/run-command.mjs";
import { cannotInstall, installPackages } from "./install-packages.mjs";
import {
  account,
  findProgram,
  freePort,
  isRoot,
  privateFolder,
  removeFolder,
  startServer,
} from "./private-server.mjs";

const settings = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=logical",
  "wal_writer_delay=10ms",
  "max_replication_slots=100",
  "max_prepared_transactions=300",
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "timezone=Asia/Shanghai",
  "max_connections=200",
];

/**
 * Starts a PostgreSQL of our own, like `startMariadb`. It refuses to run as root, so as root it runs as `postgres` or
 * `nobody`. Further settings are `name=value`. With `folder` the data outlive the run; `programs` is a folder with those of
 * another version. Resolves with `{ url, stop }`, or with `{ missing }`, the reason why there is none.
 */
export async function startPostgresql({ folder: kept, settings: more = [], programs } = {}) {
  const find = (name) => (programs ? `${programs}/${name}` : findServer(name));
  const missing = find("postgres") ? undefined : await install();
  if (missing) return { missing };
  const owner = isRoot ? account("postgres", "nobody") : undefined;
  const folder = kept ?? privateFolder("postgresql", owner);
  const clean = () => (kept ? undefined : removeFolder(folder));
  try {
    if (kept && owner) chownSync(kept, owner.uid, owner.gid);
    const password = await createDataDirectory(folder, owner, find("initdb"));
    const port = await freePort();
    const server = await startServer({
      program: find("postgres"),
      owner,
      ready: /ready to accept connections/,
      stopSignal: "SIGINT",
      args: [
        "-D",
        `${folder}/data`,
        "-p",
        String(port),
        ...[...settings, ...more].flatMap((setting) => ["-c", setting]),
      ],
    });
    const stop = async () => {
      await server.stop();
      clean();
    };
    return {
      url: `postgres://qianzhi:${password}@127.0.0.1:${port}/postgres`,
      pid: server.pid,
      stop,
    };
  } catch (error) {
    clean();
    return { missing: error.message };
  }
}

function findServer(name) {
  const base = "/usr/lib/postgresql";
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  // The newest of the packages first: a bare `postgres` on the PATH may be without its `initdb`.
  const packaged = versions
    .map((version) => `${base}/${version}/bin/${name}`)
    .find((path) => existsSync(path));
  return packaged ?? findProgram(name);
}

async function install() {
  const reason = cannotInstall();
  if (reason) return `PostgreSQL is not installed, and ${reason}`;
  return installPackages(["postgresql"]);
}

/** The administrator's password, which is kept beside the data. */
async function createDataDirectory(folder, owner, initdb) {
  const passwordFile = `${folder}/password`;
  if (existsSync(passwordFile)) return readFileSync(passwordFile, "utf8");
  const password = randomBytes(12).toString("hex");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner) chownSync(passwordFile, owner.uid, owner.gid);
  const { code, output } = await runCommand(
    initdb,
    [
      "-D",
      `${folder}/data`,
      "-U",
      "qianzhi",
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--no-locale",
      "--no-sync",
    ],
    { cwd: "/", ...(owner && { uid: owner.uid, gid: owner.gid }) },
  );
  if (code !== 0)
    throw new Error(`initdb failed: ${output.trim().split("\n").slice(-3).join(" ")}`);
  return password;
}
