import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestClient } from "./driver.ts";
import type { TestServer } from "./server.ts";

interface Started {
  readonly url: string;
  readonly stop: () => Promise<void>;
  readonly missing?: undefined;
}
interface Starter {
  startPostgresql(options: {
    readonly folder: string;
  }): Promise<Started | { readonly missing: string }>;
}

/** A cluster of one test alone, whose files can be set back to what they were. */
export interface OwnServer extends AsyncDisposable, Pick<TestServer, "admin" | "options"> {
  stop(): Promise<void>;
  /** Resolves with the reason where there is no PostgreSQL. */
  start(): Promise<string | undefined>;
  /** Copies the files of a cluster that is stopped. */
  keepFiles(): void;
  setBack(): Promise<void>;
}

export async function ownServer(): Promise<OwnServer> {
  const script = new URL("../../../../scripts/test/postgresql.mjs", import.meta.url).href;
  const { startPostgresql } = (await import(script)) as Starter;
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-own-postgresql-"));
  const [data, kept] = [join(folder, "data"), join(folder, "kept")];
  let running: Started | undefined;
  const options = (): OwnServer["options"] => {
    const { hostname, port, username, password } = new URL(running?.url ?? "");
    return { host: hostname, port: Number(port), user: username, password, database: "postgres" };
  };
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  return {
    get options() {
      return options();
    },
    async admin(sql) {
      const client = new TestClient(options());
      await client.connect();
      const result = await client.query({ text: sql, rowMode: "array" });
      await client.end();
      return [result].flat().at(-1)?.rows ?? [];
    },
    stop,
    async start() {
      const started = await startPostgresql({ folder });
      if (started.missing !== undefined) return started.missing;
      running = started;
      return undefined;
    },
    // As `cp` does it the files keep their owner, who is not the one that runs the test.
    keepFiles: () => void execFileSync("cp", ["-a", data, kept]),
    async setBack() {
      await rm(data, { recursive: true });
      execFileSync("cp", ["-a", kept, data]);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}
