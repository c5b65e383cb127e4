import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openSite, reconcilePipeline, runOnce } from "@qianzhi/agent";
import { createPlatform } from "@qianzhi/sandbox";
import { person } from "../world/person.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { servers } from "../world/servers.ts";
import { siteConfig } from "../world/site-config.ts";

for (const { name, url, open, numbers } of servers)
  describe(`a table on ${name}, in mode cursor`, () => {
    const skip = url === undefined ? `${name} is not there` : false;
    it(
      "I9: is equal at the platform after a reconciliation, whatever no stamp has shown",
      { skip },
      async () => {
        await using legacy = await open(url ?? "");
        // A padded key does not tell how its row is asked for: what is gone is looked for by reading everything again.
        await legacy.exec(
          "CREATE TABLE rk (bh CHAR(8) PRIMARY KEY, xm VARCHAR(20), nl INTEGER, gx TIMESTAMP(3))",
        );
        await legacy.exec("CREATE INDEX rk_gx ON rk (gx, bh)");
        await legacy.exec(
          `INSERT INTO rk SELECT CONCAT('n', n), '名', n % 100, '2026-01-02 03:04:05' FROM (${numbers}) AS x`,
        );
        const directory = await mkdtemp(join(tmpdir(), "qianzhi-reconcile-"));
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
                table: "rk",
                columns: { resident_id: "bh", name: "xm", age: "nl" },
                mode: "cursor",
                cursor: "gx",
                pageRows: 1000,
              },
            ],
          }),
          world,
          target: platformTarget(platform, "test-site"),
          lock: true,
        });
        try {
          const signal = new AbortController().signal;
          const [runner] = [...site.runners.values()];
          const [report] = await runOnce(site, [runner!], { signal });
          assert.equal(report?.accepted, 5000, report?.error?.stack);
          await legacy.exec("INSERT INTO rk VALUES ('late', '晚', 1, '2026-01-01 00:00:00')");
          await legacy.exec("UPDATE rk SET xm = '改', gx = gx WHERE bh IN ('n7', 'n4711')");
          await legacy.exec("DELETE FROM rk WHERE bh IN ('n8', 'n2000', 'n3000')");
          const [nothing] = await runOnce(site, [runner!], { signal });
          assert.equal(nothing?.batches, 0);
          const { rows, equal, repaired } = await reconcilePipeline(site, runner!, signal);
          assert.deepEqual(
            [rows, equal, repaired],
            [4998, 4995, { missing: 1, stale: 2, surplus: 3 }],
          );
          await site.delivery.drain(signal);
          const again = await reconcilePipeline(site, runner!, signal);
          assert.deepEqual([again.scans, again.equal], [1, 4998]);
        } finally {
          await site.close();
          platform.close();
          await rm(directory, { recursive: true });
        }
      },
    );
  });
