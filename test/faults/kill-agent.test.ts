import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "@qianzhi/exchange";
import { defineResource } from "@qianzhi/sdk";
import { killSite, type KillSite } from "./kill-site.ts";

const ROWS = 20_000;
const KILLS = 2;

const item = defineResource({
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
});

for (const mode of ["cursor", "diff"] as const)
  describe(`I1, I2: an agent that is killed again and again during its first load in mode ${mode}`, () => {
    let site: KillSite;

    before(async () => {
      site = await killSite(
        item,
        { kind: "sqlite", options: { path: "./legacy.db" } },
        {
          table: "t",
          mode,
          key: ["id"],
          pageRows: 500,
          map: { id: "id", text: "text" },
          ...(mode === "cursor" ? { cursor: "at" } : {}),
        },
      );
      const database = await openDatabase(join(site.folder, "legacy.db"));
      database.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL, at DATETIME NOT NULL);
        CREATE INDEX t_at ON t (at, id);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
        INSERT INTO t SELECT i, '内容' || i, datetime('now', 'localtime', '-' || (100000 - i / 3) || ' seconds') FROM n`);
      database.close();
    });
    after(() => site[Symbol.asyncDispose]());

    const count = (): number => site.sandbox.platform.resourceDigest("item").count;

    it("ends with source digest = platform digest", async () => {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const agent = site.start("run", "--once");
        const ended = once(agent, "exit");
        const goal = (ROWS / (KILLS + 1)) * kill;
        while (agent.exitCode === null && agent.signalCode === null && count() < goal)
          await delay(10);
        agent.kill("SIGKILL");
        await ended;
      }
      const last = await site.answer("run", "--once");
      assert.equal(last["ok"], true, JSON.stringify(last));
      const proof = (await site.answer("compare")) as {
        ok: boolean;
        pipelines: { equal: number }[];
      };
      assert.equal(proof.ok, true, JSON.stringify(proof));
      assert.equal(proof.pipelines[0]?.equal, ROWS);
    });
  });
