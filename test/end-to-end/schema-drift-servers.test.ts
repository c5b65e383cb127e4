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

/** Statements that an engine words in its own way. */
const retyped = (engine: string, column: string, type: string): string =>
  engine === "MariaDB"
    ? `ALTER TABLE rk MODIFY ${column} ${type}`
    : `ALTER TABLE rk ALTER ${column} TYPE ${type} USING ${column}::${type}`;

/** Before 8.0 MySQL renames a column with its type alone. */
const renamed = (engine: string, from: string, to: string): string =>
  engine === "MariaDB"
    ? `ALTER TABLE rk CHANGE ${from} ${to} VARCHAR(200)`
    : `ALTER TABLE rk RENAME COLUMN ${from} TO ${to}`;

for (const { name, url, open } of servers)
  for (const mode of ["diff", "cursor"] as const)
    describe(`a table on ${name} that changes under an agent with open connections, in mode ${mode}`, () => {
      const skip = url === undefined ? `${name} is not there` : false;
      it(
        "goes on over columns that come and grow, stops for those that go or become something else, and goes on when they are back",
        { skip },
        async () => {
          await using legacy = await open(url ?? "");
          await legacy.exec(
            "CREATE TABLE rk (bh VARCHAR(8) PRIMARY KEY, xm VARCHAR(20), nl INTEGER, gx TIMESTAMP(3))",
          );
          await legacy.exec("CREATE INDEX rk_gx ON rk (gx, bh)");
          const directory = await mkdtemp(join(tmpdir(), "qianzhi-drift-"));
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
                  mode,
                  ...(mode === "cursor" ? { cursor: "gx" } : {}),
                },
              ],
            }),
            world,
            target: platformTarget(platform, "test-site"),
            lock: true,
          });
          let rows = 0;
          /** Writes a row, polls, and expects it at the platform, or the error. */
          const next = async (expected?: RegExp): Promise<void> => {
            rows += 1;
            await legacy.exec(
              `INSERT INTO rk (bh, gx) VALUES ('n${rows}', '2026-01-02 03:04:${String(rows).padStart(2, "0")}')`,
            );
            if (expected === undefined) await legacy.exec("UPDATE rk SET xm = '名', gx = gx");
            const [report] = await runOnce(site, [...site.runners.values()], {
              signal: new AbortController().signal,
            });
            if (expected === undefined) {
              assert.equal(report?.error, undefined, report?.error?.stack);
              assert.equal(platform.resourceDigest(person.identifier).count, rows);
            } else assert.match(String(report?.error), expected);
          };
          try {
            await next();
            await legacy.exec("ALTER TABLE rk ADD COLUMN bz VARCHAR(9)");
            await next();
            await legacy.exec(retyped(name, "xm", "VARCHAR(200)"));
            await next();
            await legacy.exec(retyped(name, "nl", "BIGINT"));
            await next();
            await legacy.exec(renamed(name, "xm", "mc"));
            await next(/ column xm \([\w ]*\(200\)\) is gone; new there: mc/);
            await legacy.exec(renamed(name, "mc", "xm"));
            await next();
            await legacy.exec(retyped(name, "nl", "VARCHAR(9)"));
            await next(/ column nl: bigint.* → .*\(9\)/);
            await legacy.exec(retyped(name, "nl", "BIGINT"));
            await next();
          } finally {
            await site.close();
            platform.close();
            await rm(directory, { recursive: true });
          }
        },
      );
    });
