import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../architecture/workspace.ts";

/** A MariaDB that belongs to one test alone: it may be killed and started again on the same data. */
export interface OwnMariadb extends AsyncDisposable {
  /** Of an administrator; another one after each start. */
  readonly url: string;
  readonly port: number;
  readonly pid: number | undefined;
  /** As a machine that loses power, except that what was written to the file system stays. Resolves when it is dead. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

interface Started {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
  readonly missing?: undefined;
}

type StartMariadb = (options: {
  readonly folder: string;
  readonly settings: readonly string[];
}) => Promise<Started | { readonly missing: string }>;

/** What was committed outlives the server's death, which is all that can happen to it here. */
const settings = [
  "--innodb-flush-log-at-trx-commit=2",
  "--skip-log-bin",
  "--innodb-log-file-size=32M",
  "--innodb-buffer-pool-size=64M",
];

/** With further settings. Resolves with the reason where there is no MariaDB. */
export async function ownMariadb(
  more: readonly string[] = [],
): Promise<OwnMariadb | { readonly missing: string }> {
  const module = pathToFileURL(join(root, "scripts/test/mariadb.mjs")).href;
  const { startMariadb } = (await import(module)) as { readonly startMariadb: StartMariadb };
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-own-mariadb-"));
  let running: Started | undefined;
  const start = async (): Promise<string | undefined> => {
    const started = await startMariadb({ folder, settings: [...settings, ...more] });
    if (started.missing !== undefined) return started.missing;
    running = started;
    return undefined;
  };
  const missing = await start();
  if (missing !== undefined) {
    await rm(folder, { recursive: true });
    return { missing };
  }
  const kill = async (): Promise<void> => {
    if (running === undefined) return;
    process.kill(running.pid, "SIGKILL");
    await running.stop();
    running = undefined;
  };
  return {
    get url() {
      return running?.url ?? "";
    },
    get port() {
      return Number(new URL(running?.url ?? "").port);
    },
    get pid() {
      return running?.pid;
    },
    kill,
    async start() {
      const reason = await start();
      if (reason !== undefined) throw new Error(reason);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}
