import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import sqlite from "@qianzhi/adapter-sqlite";
import { compareWithPlatform, openSite, runOnce, type Site } from "@qianzhi/agent";
import { openDatabase, type Database } from "@qianzhi/exchange";
import { createPlatform, type Platform } from "@qianzhi/sandbox";
import { defineResource } from "@qianzhi/sdk";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { siteConfig, type PipelineOptions } from "../world/site-config.ts";

const person = defineResource({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000017",
  identifier: "natural_person",
  name: "自然人",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional" },
  updateCycle: "realtime",
  key: ["resident_id"],
  items: [
    {
      identifier: "resident_id",
      name: "公民身份号码",
      type: "string",
      maxLength: 18,
      sensitivity: "high",
    },
    { identifier: "name", name: "姓名", type: "string", maxLength: 4, required: true },
    { identifier: "age", name: "年龄", type: "integer" },
  ],
});

for (const mode of ["diff", "cursor"] as const)
  describe(`a SQLite table in mode ${mode}`, () => {
    let directory: string;
    let database: Database;
    let platform: Platform;
    let site: Site;
    const never = new AbortController().signal;
    const world = realWorld();
    const pipeline: PipelineOptions = {
      resource: person,
      table: "rkxx",
      mode,
      columns: { resident_id: "sfzh", name: "xm", age: "nl" },
      ...(mode === "cursor" ? { cursor: "gxsj", deletedWhen: "zx = 1" } : {}),
      key: ["sfzh"],
      pageRows: 7,
    };
    const open = () =>
      openSite({
        config: siteConfig({
          dataDirectory: join(directory, "data"),
          adapter: sqlite,
          sourceOptions: { path: join(directory, "legacy.db") },
          pipelines: [pipeline],
        }),
        world,
        target: platformTarget(platform, "test-site"),
        lock: true,
      });
    const stored = () =>
      platform
        .records("natural_person", { limit: 1000 })
        .records.map((text) => JSON.parse(text) as { resident_id: string; name: string });

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "qianzhi-"));
      database = await openDatabase(join(directory, "legacy.db"));
      database.exec(
        "PRAGMA journal_mode = WAL; CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, zx INTEGER DEFAULT 0, gxsj DATETIME)",
      );
      const insert = database.prepare(
        "INSERT INTO rkxx (sfzh, xm, nl, gxsj) VALUES (?, ?, ?, datetime('now', '+8 hours', '-1 day'))",
      );
      for (let n = 0; n < 50; n += 1)
        insert.run(`id${String(n).padStart(3, "0")}`, n === 13 ? "一二三四五" : `名${n}`, n);
      platform = createPlatform({ world });
      platform.catalog.publish(JSON.stringify(person));
      platform.sites.grant("test-site", "natural_person");
      site = await open();
    });
    after(async () => {
      await site.close();
      platform.close();
      database.close();
      await rm(directory, { recursive: true });
    });

    it("is loaded, with what does not fit in quarantine", async () => {
      const [report] = await runOnce(site, [...site.runners.values()], { signal: never });
      assert.deepEqual(
        { ...report, seconds: 0, batches: 0 },
        {
          name: "natural_person",
          resource: "natural_person",
          read: 50,
          unchanged: 0,
          accepted: 49,
          quarantined: 1,
          deleted: 0,
          batches: 0,
          seconds: 0,
        },
      );
      assert.equal(stored().length, 49);
    });

    it("sends nothing when nothing changed", async () => {
      const [report] = await runOnce(site, [...site.runners.values()], { signal: never });
      assert.equal(report?.batches, 0);
      assert.equal(report?.error, undefined);
    });

    it("follows updates, inserts, deletions and mended rows", async () => {
      const stamp = mode === "cursor" ? ", gxsj = datetime('now', '+8 hours')" : "";
      database.exec(`UPDATE rkxx SET xm = '改名'${stamp} WHERE sfzh = 'id007'`);
      database.exec(`UPDATE rkxx SET xm = '修好'${stamp} WHERE sfzh = 'id013'`);
      database.exec(
        "INSERT INTO rkxx (sfzh, xm, nl, gxsj) VALUES ('id0075', '新', 1, datetime('now', '+8 hours'))",
      );
      database.exec(
        mode === "cursor"
          ? `UPDATE rkxx SET zx = 1${stamp} WHERE sfzh = 'id030'`
          : "DELETE FROM rkxx WHERE sfzh = 'id030'",
      );
      const [report] = await runOnce(site, [...site.runners.values()], { signal: never });
      assert.equal(report?.error, undefined);
      assert.equal(report?.deleted, 1);
      const records = stored();
      assert.equal(records.length, 50);
      assert.equal(records.find(({ resident_id }) => resident_id === "id007")?.name, "改名");
      assert.equal(site.outbox.quarantine.count("natural_person"), 0);
    });

    it("is equal at the platform by digest", async () => {
      const runner = site.runners.get("natural_person");
      assert.ok(runner);
      const comparison = await runner.readAll(
        (run) => compareWithPlatform(run, site.target, runner.stream),
        never,
      );
      assert.deepEqual(comparison.source, comparison.platform);
      assert.equal(comparison.equal, 50);
    });
  });
