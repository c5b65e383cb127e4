import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { runSite, siteStatus } from "@qianzhi/agent";
import { defineResource } from "@qianzhi/sdk";
import { legacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

/** So many looks, 50 ms apart, are more than enough on the slowest machine. */
const LOOKS = 600;

test("an agent asks the catalog while it runs, and is missed when it is gone", async () => {
  const legacy = await legacySite(
    `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER);
     INSERT INTO rkxx VALUES ('a', '甲', 1);`,
    { table: "rkxx", columns: { resident_id: "sfzh", name: "xm", age: "nl" }, everyMs: 1000 },
    person,
  );
  const codes = (): readonly string[] =>
    siteStatus(legacy.site.config, legacy.site.outbox).issues.map(({ code }) => code);
  const stop = new AbortController();
  const agent = runSite(legacy.site, legacy.site.runners.values(), stop.signal);
  const until = async (isDone: () => boolean): Promise<void> => {
    for (let looks = 0; !isDone(); looks += 1) {
      assert.ok(looks < LOOKS, `not so yet: ${isDone.toString()}`);
      await delay(50);
    }
  };
  await until(() => legacy.records().length === 1);
  await until(() => codes().length === 0);
  const { database } = legacy.site.store;
  assert.ok(database.prepare("SELECT facts FROM watch WHERE about = 'agent'").get());
  legacy.platform.catalog.publish(
    JSON.stringify(
      defineResource({
        ...person,
        version: "2.0.0",
        items: person.items.filter(({ identifier }) => identifier !== "age"),
      }),
    ),
  );
  stop.abort();
  await agent;
  legacy.passMs(60 * 60_000);
  assert.deepEqual(codes(), ["QZ_AGENT_SILENT"]);
  await legacy.reconfigure({});
  const again = new AbortController();
  const next = runSite(legacy.site, legacy.site.runners.values(), again.signal);
  await until(() => codes().includes("QZ_DESCRIPTOR_DRIFT"));
  assert.deepEqual(codes(), ["QZ_DESCRIPTOR_DRIFT"]);
  again.abort();
  await next;
  await legacy.close();
});
