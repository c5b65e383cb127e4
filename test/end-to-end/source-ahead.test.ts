import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { reconcilePipeline, siteStatus } from "@qianzhi/agent";
import { fedSite, type FedSite } from "../world/fed-site.ts";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

const fiveMinutesMs = 5 * 60_000;
const signal = new AbortController().signal;

const issues = ({ site }: LegacySite) => siteStatus(site.config, site.outbox).issues;
/** Lets a poll look at its source, and says which alarms the run ended with. */
async function looked(legacy: LegacySite): Promise<readonly string[]> {
  legacy.passMs(fiveMinutesMs);
  return ((await legacy.run()).alarms ?? []).map(({ code }) => code);
}

describe("a change column that an application forgets", () => {
  let legacy: LegacySite;
  beforeEach(async () => {
    legacy = await legacySite(
      `CREATE TABLE rkxx (id INTEGER PRIMARY KEY, xm TEXT, nl INTEGER, gxsj DATETIME NOT NULL);
       CREATE INDEX rkxx_gxsj ON rkxx (gxsj, id);
       INSERT INTO rkxx VALUES (7, '甲', 1, '2026-01-02 00:00:00');`,
      {
        table: "rkxx",
        columns: { resident_id: "id", name: "xm", age: "nl" },
        mode: "cursor",
        cursor: "gxsj",
        key: ["id"],
      },
      person,
    );
    await legacy.run();
    assert.deepEqual(await looked(legacy), []);
  });
  afterEach(() => legacy.close());
  const insert = (id: number, at: string): void =>
    legacy.database.exec(`INSERT INTO rkxx VALUES (${id}, '乙', 2, '2026-01-0${at} 00:00:00')`);

  it("is told by the greatest key when two polls have seen nothing of it, until a reconciliation has brought what was missing", async () => {
    insert(8, "1");
    assert.deepEqual(await looked(legacy), []);
    assert.deepEqual(await looked(legacy), ["QZ_SOURCE_AHEAD"]);
    const [issue] = issues(legacy);
    assert.deepEqual(
      [issue?.code, issue?.pipeline, issue?.details["name"], issue?.details["column"]],
      ["QZ_SOURCE_AHEAD", person.identifier, "rkxx", "id"],
    );
    await legacy.reconfigure({});
    assert.deepEqual(await looked(legacy), ["QZ_SOURCE_AHEAD"]);
    const [runner] = legacy.site.runners.values();
    assert.ok(runner);
    legacy.passMs(fiveMinutesMs);
    await reconcilePipeline(legacy.site, runner, signal);
    assert.deepEqual([issues(legacy), await looked(legacy)], [[], []]);
    assert.equal(legacy.records().length, 2);
    insert(9, "1");
    assert.deepEqual(await looked(legacy), []);
    assert.deepEqual(await looked(legacy), ["QZ_SOURCE_AHEAD"]);
  });

  it("is not told any more as soon as a row comes", async () => {
    insert(8, "1");
    await looked(legacy);
    assert.deepEqual(await looked(legacy), ["QZ_SOURCE_AHEAD"]);
    insert(9, "3");
    assert.equal((await legacy.run()).alarms, undefined);
  });

  it("is told of a later time though a reconciliation has found nothing, since what came is not shared", async () => {
    await legacy.reconfigure({ where: "nl > 0" });
    await looked(legacy);
    await looked(legacy);
    legacy.database.exec("INSERT INTO rkxx VALUES (8, '乙', 0, '2026-01-01 00:00:00')");
    await looked(legacy);
    assert.deepEqual(await looked(legacy), ["QZ_SOURCE_AHEAD"]);
    const [runner] = legacy.site.runners.values();
    assert.ok(runner);
    legacy.passMs(fiveMinutesMs);
    const { repaired } = await reconcilePipeline(legacy.site, runner, signal);
    assert.deepEqual(repaired, { missing: 0, stale: 0, surplus: 0 });
    assert.deepEqual(await looked(legacy), []);
    insert(9, "1");
    await looked(legacy);
    assert.deepEqual(await looked(legacy), ["QZ_SOURCE_AHEAD"]);
  });

  it("is not told of rows that came between a poll and the look at the source", async () => {
    insert(8, "1");
    assert.deepEqual(await looked(legacy), []);
    insert(9, "3");
    assert.deepEqual(await looked(legacy), []);
    assert.deepEqual(await looked(legacy), []);
    assert.deepEqual(await looked(legacy), []);
  });

  it("is not told of rows that were deleted, which such polls are known not to see", async () => {
    insert(9, "3");
    assert.deepEqual(await looked(legacy), []);
    legacy.database.exec("DELETE FROM rkxx WHERE id = 9");
    assert.deepEqual(await looked(legacy), []);
    assert.deepEqual(await looked(legacy), []);
  });
});

describe("a feed that tells nothing", () => {
  let fed: FedSite;
  beforeEach(async () => {
    fed = await fedSite(20);
    await fed.legacy.run();
    assert.deepEqual(await looked(fed.legacy), []);
  });
  afterEach(() => fed.legacy.close());

  it("is told by the greatest key, whether rows come or go", async () => {
    fed.exec("DROP TRIGGER fed_3; DELETE FROM rkxx WHERE sfzh = 'p0020'");
    assert.deepEqual(await looked(fed.legacy), []);
    assert.deepEqual(await looked(fed.legacy), ["QZ_SOURCE_AHEAD"]);
    fed.exec("INSERT INTO rkxx (sfzh, xm) VALUES ('p0021', '乙')");
    assert.deepEqual(await looked(fed.legacy), []);
    assert.deepEqual(issues(fed.legacy), []);
  });
});
