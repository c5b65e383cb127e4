import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { runCommand } from "../process/run-command.mjs";
import { cannotInstall, installPackages } from "./install-packages.mjs";
import {
  findProgram,
  freePort,
  isRoot,
  privateFolder,
  removeFolder,
  startServer,
} from "./private-server.mjs";

/** What a server for tests may forget: durability, which only costs time there. */
const forTests = [
  "--innodb-flush-log-at-trx-commit=0",
  "--innodb-doublewrite=0",
  "--skip-log-bin",
  "--sync-frm=0",
  "--innodb-log-file-size=32M",
  "--innodb-buffer-pool-size=128M",
];

/**
 * Starts a MariaDB of our own: free port, private data directory, no configuration file of the machine, an
 * administrator that only this run knows. With `folder` the data outlive the run. Resolves with
 * `{ url, stop }`, or with `{ missing }`, the reason why there is none.
 */
export async function startMariadb({ folder, settings = forTests } = {}) {
  const missing = findServer() ? undefined : await install();
  if (missing) return { missing };
  const program = findServer();
  const place = folder ?? privateFolder("mariadb");
  const clean = () => (folder ? undefined : removeFolder(place));
  try {
    mkdirSync(place, { recursive: true });
    await createDataDirectory(`${place}/data`);
    const port = await freePort();
    const password = randomBytes(12).toString("hex");
    writeFileSync(`${place}/init.sql`, administrator(password), { mode: 0o600 });
    const server = await startServer({
      program,
      ready: /ready for connections/,
      args: [
        "--no-defaults",
        ...asRoot(),
        `--datadir=${place}/data`,
        `--socket=${place}/server.sock`,
        `--port=${port}`,
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        `--init-file=${place}/init.sql`,
        `--tmpdir=${place}`,
        "--default-time-zone=+08:00",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_general_ci",
        "--max-connections=200",
        "--max-allowed-packet=64M",
        "--local-infile=1",
        ...settings,
      ],
    });
    const stop = async () => {
      await server.stop();
      clean();
    };
    return { url: `mysql://qianzhi:${password}@127.0.0.1:${port}/`, pid: server.pid, stop };
  } catch (error) {
    clean();
    return { missing: error.message };
  }
}

const findServer = () => findProgram("mariadbd");
const asRoot = () => (isRoot ? ["--user=root"] : []);

async function install() {
  const reason = cannotInstall();
  if (reason) return `MariaDB is not installed, and ${reason}`;
  // The core package holds the server without a service; older releases know only the whole one.
  const failed = await installPackages(["mariadb-server-core", "mariadb-client-core"]);
  return failed && (await installPackages(["mariadb-server"]));
}

async function createDataDirectory(data) {
  if (existsSync(`${data}/mysql`)) return;
  const { code, output } = await runCommand(findProgram("mariadb-install-db"), [
    "--no-defaults",
    ...asRoot(),
    `--datadir=${data}`,
    "--skip-test-db",
    "--auth-root-authentication-method=normal",
  ]);
  if (code !== 0)
    throw new Error(`mariadb-install-db failed: ${output.trim().split("\n").slice(-3).join(" ")}`);
}

function administrator(password) {
  return [
    "DELETE FROM mysql.global_priv WHERE User = '';",
    `CREATE OR REPLACE USER 'qianzhi'@'%' IDENTIFIED BY '${password}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'qianzhi'@'%' WITH GRANT OPTION;",
    "",
  ].join("\n");
}
