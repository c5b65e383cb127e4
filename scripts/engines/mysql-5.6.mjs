import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { freePort, isRoot, startServer } from "../test/private-server.mjs";

/** Starts the MySQL 5.6 that is unpacked in this folder, on the data directory that it brings. Resolves with `{ url, stop }`. */
export async function startMysql56(folder) {
  const home = `${folder}/server`;
  const [port, password] = [await freePort(), randomBytes(12).toString("hex")];
  const script = [
    "DELETE FROM mysql.user WHERE User = '';",
    "FLUSH PRIVILEGES;",
    `GRANT ALL PRIVILEGES ON *.* TO 'qianzhi'@'%' IDENTIFIED BY '${password}' WITH GRANT OPTION;`,
    "",
  ];
  writeFileSync(`${folder}/init.sql`, script.join("\n"), { mode: 0o600 });
  const { stop } = await startServer({
    program: "/usr/bin/env",
    ready: /ready for connections/,
    args: [
      // It brings the one library that systems of today have no more.
      `LD_LIBRARY_PATH=${home}`,
      `${home}/mysqld`,
      "--no-defaults",
      ...(isRoot ? ["--user=root"] : []),
      `--basedir=${home}`,
      `--lc-messages-dir=${home}/share`,
      `--datadir=${home}/data/mysql`,
      `--socket=${folder}/server.sock`,
      `--pid-file=${folder}/server.pid`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      "--skip-name-resolve",
      `--init-file=${folder}/init.sql`,
      `--tmpdir=${folder}`,
      "--default-time-zone=+08:00",
      "--max-connections=200",
      "--max-allowed-packet=64M",
      "--local-infile=1",
      "--innodb-flush-log-at-trx-commit=0",
      "--innodb-doublewrite=0",
      "--innodb-flush-method=nosync",
    ],
  });
  return { url: `mysql://qianzhi:${password}@127.0.0.1:${port}/`, stop };
}
