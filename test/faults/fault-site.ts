import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceDescriptor } from "@qianzhi/sdk";
import { root } from "../architecture/workspace.ts";
import { ownMariadb, type OwnMariadb } from "../world/own-mariadb.ts";
import { unreliableProxy, type UnreliableProxy } from "../world/unreliable-proxy.ts";

const program = join(root, "agent/bin/qianzhi.js");
const site = "faulty";
const reader = "reader";
const password = "reads-only";
export const database = "legacy";

/** A process that is killed and started again. */
export interface Restartable {
  readonly pid: number | undefined;
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** An agent, a platform and a MariaDB in processes of their own, with networks between them that fail when told to. */
export interface FaultSite extends AsyncDisposable {
  readonly folder: string;
  readonly agent: Restartable;
  readonly platform: Restartable;
  readonly mariadb: OwnMariadb;
  readonly toPlatform: UnreliableProxy;
  readonly toDatabase: UnreliableProxy;
  /** Where the platform keeps its database. */
  readonly platformFile: string;
  /** What a command answers. */
  answer(...words: string[]): Promise<Readonly<Record<string, unknown>>>;
}

/** @param pipelines By name: all of it but the source. */
export async function faultSite(
  resources: readonly ResourceDescriptor[],
  pipelines: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  outbox: Readonly<Record<string, unknown>> = {},
): Promise<FaultSite | { readonly missing: string }> {
  const mariadb = await ownMariadb();
  if ("missing" in mariadb) return mariadb;
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-fault-"));
  const platformPort = await freePort();
  const toPlatform = await unreliableProxy(platformPort);
  const toDatabase = await unreliableProxy(mariadb.port);
  await mkdir(join(folder, "resources"));
  for (const resource of resources)
    await writeFile(
      join(folder, `resources/${resource.identifier}.yaml`),
      JSON.stringify(resource),
    );
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  await writeFile(join(folder, "key.pem"), key, { mode: 0o600 });
  const options = { host: "127.0.0.1", port: toDatabase.port, database, user: reader };
  await writeFile(
    join(folder, "qianzhi.yaml"),
    JSON.stringify({
      site,
      data: "./data",
      outbox,
      platform: {
        url: `http://127.0.0.1:${toPlatform.port}`,
        key: { file: "./key.pem" },
        keyId: "main",
        timeout: "5s",
      },
      resources: ["./resources/*.yaml"],
      sources: {
        legacy: {
          kind: "mysql",
          offset: "+08:00",
          options: { ...options, password: { env: "READER_PASSWORD" } },
        },
      },
      pipelines: Object.fromEntries(
        Object.entries(pipelines).map(([name, rest]) => [name, { source: "legacy", ...rest }]),
      ),
    }),
  );
  const env = { ...process.env, READER_PASSWORD: password, NODE_NO_WARNINGS: "1" };
  const log = createWriteStream(join(folder, "processes.log"));
  const run = (...words: string[]): ChildProcess => {
    const child = spawn(process.execPath, [program, ...words, "--json"], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr?.pipe(log, { end: false });
    return child;
  };
  const agent = restartable(() => run("run"), false);
  const platform = restartable(
    () => run("sandbox", "--port", String(platformPort), "--directory", "./platform"),
    true,
  );
  await platform.start();
  return {
    folder,
    agent,
    platform,
    mariadb,
    toPlatform,
    toDatabase,
    platformFile: join(folder, "platform/platform.db"),
    async answer(...words) {
      const child = run(...words);
      let text = "";
      child.stdout?.on("data", (chunk: Buffer) => void (text += chunk.toString()));
      await once(child, "close");
      return JSON.parse(text) as Record<string, unknown>;
    },
    async [Symbol.asyncDispose]() {
      try {
        await agent.kill();
        await platform.kill();
      } finally {
        await toPlatform[Symbol.asyncDispose]();
        await toDatabase[Symbol.asyncDispose]();
        await mariadb[Symbol.asyncDispose]();
        log.end();
        await rm(folder, { recursive: true });
      }
    },
  };
}

/** Statements by which an administrator lets the agent read. */
export const readerGrants = `
  CREATE OR REPLACE USER '${reader}'@'%' IDENTIFIED BY '${password}';
  GRANT SELECT ON ${database}.* TO '${reader}'@'%'; GRANT PROCESS ON *.* TO '${reader}'@'%'`;

/** @param speaks Whether it says when it is ready. */
function restartable(spawned: () => ChildProcess, speaks: boolean): Restartable {
  let child: ChildProcess | undefined;
  return {
    get pid() {
      return child?.pid;
    },
    async start() {
      child = spawned();
      if (speaks) await once(child.stdout!, "data");
      child.stdout?.resume();
    },
    async kill() {
      if (child === undefined) return;
      const ended = child.exitCode ?? child.signalCode;
      if (ended === null) {
        const exit = once(child, "exit");
        child.kill("SIGKILL");
        await exit;
      }
      child = undefined;
      // It lives until it is killed: whatever makes it end by itself is a fault of the product.
      if (ended !== null) throw new Error(`a process ended by itself: ${ended}`);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
