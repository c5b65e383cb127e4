import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { siteStatus } from "@qianzhi/agent";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER);
  INSERT INTO rkxx VALUES ('a', '甲', 1), ('b', '乙', 2);`;
const pipeline = { table: "rkxx", columns: { resident_id: "sfzh", name: "xm", age: "nl" } };

let legacy: LegacySite;
beforeEach(async () => {
  legacy = await legacySite(schema, pipeline, person);
});
afterEach(() => legacy.close());

const sources = () => siteStatus(legacy.site.config, legacy.site.outbox).sources;

describe("the load on a source", () => {
  it("is told by the status of another process, as the agent last noted it", async () => {
    assert.equal(sources()[0]?.asOf, null);
    await legacy.run();
    await legacy.reconfigure({});
    const [source] = sources();
    assert.ok(source);
    assert.ok(source.sinceStart.statements >= 2, `${source.sinceStart.statements} statements`);
    assert.equal(source.sinceStart.rows, 2);
    assert.deepEqual(source.lastHour, source.sinceStart);
    assert.deepEqual([source.spared, source.opensAt], [[], null]);
    assert.deepEqual(Object.values(source.pageRows), [100]);
  });

  it("is noted while a run goes on, and by polls that move nothing", async () => {
    await legacy.run();
    await legacy.run();
    const noted = sources()[0]?.sinceStart.statements ?? 0;
    assert.ok(noted > 0);
    legacy.passMs(60_000);
    await legacy.run();
    assert.ok((sources()[0]?.sinceStart.statements ?? 0) > noted);
  });
});
