import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openSite, runOnce } from "@qianzhi/agent";
import { createPlatform } from "@qianzhi/sandbox";
import { person } from "../world/person.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { servers } from "../world/servers.ts";
import { siteConfig } from "../world/site-config.ts";

const labels = ["a", "b", "c", "d", "e", "f"];
const renamed = ["a", "b2", "c", "d2", "e", "f"];
const listOf = (values: readonly string[]) => values.map((value) => `'${value}'`).join(", ");

/** A key of these labels, and the same with other names, as an engine words it. */
const statements: Readonly<Record<string, readonly [create: string, rename: string]>> = {
  MariaDB: [
    `CREATE TABLE zt (bh ENUM (${listOf(labels)}) PRIMARY KEY, gx TIMESTAMP(3))`,
    `ALTER TABLE zt MODIFY bh ENUM (${listOf([...labels, "b2", "d2"])});
     UPDATE zt SET bh = concat(bh, '2') WHERE bh IN ('b', 'd');
     ALTER TABLE zt MODIFY bh ENUM (${listOf(renamed)})`,
  ],
  PostgreSQL: [
    `CREATE TYPE label AS ENUM (${listOf(labels)}); CREATE TABLE zt (bh label PRIMARY KEY, gx TIMESTAMP(3))`,
    "ALTER TYPE label RENAME VALUE 'b' TO 'b2'; ALTER TYPE label RENAME VALUE 'd' TO 'd2'",
  ],
};

for (const { name, url, open } of servers)
  for (const mode of ["diff", "cursor"] as const)
    describe(`a key on ${name} whose labels are renamed, in mode ${mode}`, () => {
      const skip = url === undefined ? `${name} is not there` : false;
      it("is read again from the start, and goes on by itself", { skip }, async () => {
        await using legacy = await open(url ?? "");
        const [create, rename] = statements[name]!;
        await legacy.exec(create);
        await legacy.exec("CREATE INDEX zt_gx ON zt (gx, bh)");
        await legacy.exec(
          `INSERT INTO zt VALUES ${labels
            .slice(0, 5)
            .map((label) => `('${label}', '2026-01-02 03:04:05')`)
            .join(", ")}`,
        );
        const directory = await mkdtemp(join(tmpdir(), "qianzhi-labels-"));
        const world = realWorld();
        const platform = createPlatform({ world });
        platform.catalog.publish(JSON.stringify(person));
        platform.sites.grant("test-site", person.identifier);
        const site = await openSite({
          config: siteConfig({
            dataDirectory: directory,
            adapter: legacy.adapter,
            sourceOptions: legacy.options,
            pipelines: [
              {
                resource: person,
                table: "zt",
                columns: { resident_id: "bh", name: "bh" },
                mode,
                pageRows: 2,
                ...(mode === "cursor" ? { cursor: "gx" } : {}),
              },
            ],
          }),
          world,
          target: platformTarget(platform, "test-site"),
          lock: true,
        });
        const poll = async () => {
          const [report] = await runOnce(site, [...site.runners.values()], {
            signal: new AbortController().signal,
          });
          return report?.error;
        };
        const keys = (): readonly string[] =>
          platform
            .records(person.identifier, { limit: 100 })
            .records.map((text) => (JSON.parse(text) as { resident_id: string }).resident_id)
            .toSorted();
        try {
          assert.equal(await poll(), undefined);
          assert.deepEqual(keys(), labels.slice(0, 5));
          await legacy.exec(rename);
          await legacy.exec("INSERT INTO zt VALUES ('f', '2026-01-02 03:04:06')");
          // The first may find only that its bound is none any more.
          await poll();
          assert.equal(await poll(), undefined);
          // What went with a label is no row that a change column shows as deleted.
          const left = mode === "cursor" ? ["b", "d"] : [];
          assert.deepEqual(keys(), [...renamed, ...left].toSorted());
        } finally {
          await site.close();
          platform.close();
          await rm(directory, { recursive: true });
        }
      });
    });
