import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { compareWithPlatform, openSite, runOnce } from "@qianzhi/agent";
import { createPlatform } from "@qianzhi/sandbox";
import { visit } from "../world/keyless.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { servers } from "../world/servers.ts";
import { siteConfig } from "../world/site-config.ts";

for (const { name, url, numbers, open } of servers)
  describe(`a view without a key on ${name}, in mode replace`, () => {
    const skip = url === undefined ? `${name} is not there` : false;
    it(
      "is swapped in with each copy of a record, sends nothing unchanged, and shows equal",
      { skip },
      async () => {
        await using legacy = await open(url ?? "");
        await legacy.exec("CREATE TABLE lf (dd VARCHAR(20), rs INTEGER, gone INTEGER)");
        await legacy.exec(
          `INSERT INTO lf SELECT CONCAT('厅', n % 7), n % 100, 0 FROM (${numbers}) AS x`,
        );
        await legacy.exec("CREATE VIEW v AS SELECT dd, rs, gone FROM lf");
        const directory = await mkdtemp(join(tmpdir(), "qianzhi-replace-"));
        const world = realWorld();
        const platform = createPlatform({ world });
        platform.catalog.publish(JSON.stringify(visit));
        platform.sites.grant("test-site", "visit");
        const site = await openSite({
          config: siteConfig({
            dataDirectory: directory,
            adapter: legacy.adapter,
            sourceOptions: legacy.options,
            pipelines: [
              {
                resource: visit,
                table: "v",
                columns: { place: "dd", persons: "rs" },
                mode: "replace",
                deletedWhen: "gone = 1",
              },
            ],
          }),
          world,
          target: platformTarget(platform, "test-site"),
          lock: true,
        });
        try {
          const runners = [...site.runners.values()];
          const run = async () => {
            const [report] = await runOnce(site, runners, { signal: new AbortController().signal });
            assert.equal(report?.error, undefined, report?.error?.stack);
            return report;
          };
          assert.equal((await run())?.accepted, 5000);
          const again = await run();
          assert.deepEqual([again?.read, again?.unchanged, again?.batches], [5000, 5000, 0]);
          await legacy.exec("UPDATE lf SET gone = 1 WHERE rs = 5");
          assert.equal((await run())?.accepted, 4950);
          assert.equal(platform.resourceDigest("visit").count, 4950);
          const [runner] = runners;
          const { equal, differences } = await runner!.readAll(
            (each) => compareWithPlatform(each, site.target, runner!.stream),
            new AbortController().signal,
          );
          assert.deepEqual([equal, differences], [4950, []]);
        } finally {
          await site.close();
          platform.close();
          await rm(directory, { recursive: true });
        }
      },
    );
  });
