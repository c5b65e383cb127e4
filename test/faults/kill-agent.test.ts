import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "@qianzhi/exchange";
import { startSandbox, type Sandbox } from "@qianzhi/sandbox";
import { root } from "../architecture/workspace.ts";

const ROWS = 20_000;
const KILLS = 6;
const program = join(root, "agent/bin/qianzhi.js");

const descriptor = {
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000017",
  identifier: "item",
  name: "项",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional" },
  updateCycle: "realtime",
  key: ["id"],
  items: [
    { identifier: "id", name: "编号", type: "integer" },
    { identifier: "text", name: "内容", type: "string", maxLength: 100, required: true },
  ],
};

for (const mode of ["cursor", "diff"] as const)
  describe(`I1, I2: an agent that is killed again and again during its first load in mode ${mode}`, () => {
    let folder: string;
    let sandbox: Sandbox;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "qianzhi-kill-"));
      await mkdir(join(folder, "resources"));
      const database = await openDatabase(join(folder, "legacy.db"));
      database.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL, at DATETIME NOT NULL);
        CREATE INDEX t_at ON t (at, id);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
        INSERT INTO t SELECT i, '内容' || i, datetime('now', 'localtime', '-' || (100000 - i / 3) || ' seconds') FROM n`);
      database.close();
      const { privateKey, publicKey } = generateKeyPairSync("ed25519");
      await writeFile(
        join(folder, "key.pem"),
        privateKey.export({ type: "pkcs8", format: "pem" }),
        { mode: 0o600 },
      );
      await writeFile(join(folder, "resources/item.yaml"), JSON.stringify(descriptor));
      sandbox = await startSandbox({ port: 0 });
      const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
      sandbox.platform.sites.registerKey({ site: "kill", keyId: "main", publicKey: raw });
      sandbox.platform.catalog.publish(JSON.stringify(descriptor));
      sandbox.platform.sites.grant("kill", "item");
      await writeFile(
        join(folder, "qianzhi.yaml"),
        JSON.stringify({
          site: "kill",
          data: "./data",
          platform: { url: sandbox.url, key: { file: "./key.pem" }, keyId: "main" },
          resources: ["./resources/*.yaml"],
          sources: { legacy: { kind: "sqlite", options: { path: "./legacy.db" } } },
          pipelines: {
            items: {
              resource: "item",
              source: "legacy",
              table: "t",
              mode,
              key: ["id"],
              pageRows: 500,
              map: { id: "id", text: "text" },
              ...(mode === "cursor" ? { cursor: "at" } : {}),
            },
          },
        }),
      );
    });
    after(async () => {
      await sandbox.close();
      await rm(folder, { recursive: true });
    });

    const start = (...words: string[]) =>
      spawn(process.execPath, [program, ...words, "--json"], {
        cwd: folder,
        stdio: ["ignore", "pipe", "ignore"],
      });
    const count = (): number => sandbox.platform.resourceDigest("item").count;

    it("ends with source digest = platform digest", async () => {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const agent = start("run", "--once");
        const ended = once(agent, "exit");
        const goal = (ROWS / (KILLS + 1)) * kill;
        while (agent.exitCode === null && agent.signalCode === null && count() < goal)
          await delay(10);
        agent.kill("SIGKILL");
        await ended;
      }
      const last = await answer(start("run", "--once"));
      assert.equal(last["ok"], true, JSON.stringify(last));
      const proof = (await answer(start("compare"))) as {
        ok: boolean;
        pipelines: { equal: number }[];
      };
      assert.equal(proof.ok, true, JSON.stringify(proof));
      assert.equal(proof.pipelines[0]?.equal, ROWS);
    });
  });

async function answer(child: ReturnType<typeof spawn>): Promise<Record<string, unknown>> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => void (text += chunk.toString()));
  await once(child, "close");
  return JSON.parse(text) as Record<string, unknown>;
}
