import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import {
  compareWithPlatform,
  readPipelineState,
  siteStatus,
  writePipelineState,
} from "@qianzhi/agent";
import { QianzhiError } from "@qianzhi/sdk";
import { feedOf, feeding, type Beside, type Feeding } from "../world/feeding.ts";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";
import type { PipelineOptions } from "../world/site-config.ts";

const rows = (count: number): string => `
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
  INSERT INTO rkxx (sfzh, xm, nl) SELECT 'p' || printf('%04d', i), '名' || (i % 90), i % 90 FROM n`;
const schema = `CREATE TABLE rkxx (sfzh TEXT PRIMARY KEY, xm TEXT, nl INTEGER, zx INTEGER DEFAULT 0); ${feedOf("sfzh")}`;

let legacy: LegacySite;
let source: Feeding;
afterEach(() => legacy.close());

async function site(
  count: number,
  options: Partial<PipelineOptions> = {},
  beside: Beside = "scan",
): Promise<void> {
  source = feeding("sfzh", beside);
  legacy = await legacySite(
    `${schema} ${rows(count)};`,
    {
      table: "rkxx",
      columns: { resident_id: "sfzh", name: "xm", age: "nl" },
      key: ["sfzh"],
      pageRows: 50,
      mode: "native",
      ...options,
    },
    person,
    source.adapter,
  );
}
const exec = (sql: string): void => legacy.database.exec(sql);
const names = (): ReadonlyMap<unknown, unknown> =>
  new Map(legacy.records().map(({ resident_id, name }) => [resident_id, name]));
const state = () => readPipelineState(legacy.site.store, "natural_person");

/** Records that one run upserted at the platform, and deleted there. */
async function moved(): Promise<readonly [upserts: number, deletes: number]> {
  const { accepted, deleted } = await legacy.run();
  return [accepted - deleted, deleted];
}

/** The platform's copy is the source's, by digest. */
async function assertEqual(): Promise<void> {
  const runner = legacy.site.runners.get("natural_person");
  assert.ok(runner);
  const { differences, sourceRows, equal } = await runner.readAll(
    (run) => compareWithPlatform(run, legacy.site.target, runner.stream),
    new AbortController().signal,
  );
  assert.deepEqual([differences, equal], [[], sourceRows]);
}

describe("a pipeline in mode native", () => {
  it("reads everything once, then only what the feed tells, deletions and changed keys included", async () => {
    await site(200);
    assert.equal((await legacy.run()).accepted, 200);
    const { scans } = source;
    exec("INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    exec("UPDATE rkxx SET xm = '改' WHERE sfzh IN ('p0007', 'p0150', 'new')");
    exec(
      "DELETE FROM rkxx WHERE sfzh = 'p0008'; UPDATE rkxx SET sfzh = 'moved' WHERE sfzh = 'p0009'",
    );
    assert.deepEqual([...(await moved()), source.scans], [4, 2, scans]);
    exec("DELETE FROM rkxx WHERE sfzh = 'new'; UPDATE rkxx SET xm = '再' WHERE sfzh = 'moved'");
    await legacy.run();
    assert.deepEqual(
      ["new", "moved", "p0007", "p0008", "p0009", "p0150"].map((key) => names().get(key)),
      [undefined, "再", "改", undefined, undefined, "改"],
    );
    await assertEqual();
  });

  it("asks the feed once and writes nothing while nothing changes, and sends nothing that is as it was", async () => {
    await site(20);
    await legacy.run();
    await legacy.run();
    const { pages, scans } = source;
    const before = state();
    await legacy.run();
    assert.deepEqual([source.pages - pages, source.scans - scans, state()], [1, 0, before]);
    exec(
      "UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0003'; UPDATE rkxx SET xm = '名3' WHERE sfzh = 'p0003'",
    );
    const report = await legacy.run();
    assert.equal(report.batches, 0);
    assert.notDeepEqual(state().feed, before.feed);
  });

  it("loses nothing that changes while everything is read, nor brings back what it was", async () => {
    await site(120);
    let writes = 0;
    source.beforeScan = () => {
      writes += 1;
      exec(`INSERT OR REPLACE INTO rkxx VALUES ('a${writes}', '前', 1, 0)`);
      exec(
        `UPDATE rkxx SET xm = '改${writes}' WHERE sfzh = 'p0001'; DELETE FROM rkxx WHERE sfzh = 'p00${writes + 10}'`,
      );
    };
    await legacy.run();
    source.beforeScan = () => undefined;
    await legacy.run();
    assert.ok(writes > 1);
    assert.equal(names().get("p0001"), `改${writes}`);
    await assertEqual();
  });

  it("deletes a row that leaves where or is flagged", async () => {
    await site(20, { where: "nl < 100", deletedWhen: "zx = 1" });
    await legacy.run();
    exec(
      "UPDATE rkxx SET nl = 100 WHERE sfzh = 'p0002'; UPDATE rkxx SET zx = 1 WHERE sfzh = 'p0003'",
    );
    assert.deepEqual(await moved(), [0, 2]);
    exec("UPDATE rkxx SET nl = 5 WHERE sfzh = 'p0002'");
    assert.deepEqual(await moved(), [1, 0]);
    await assertEqual();
  });

  it("reads everything again when the feed is lost, and finds what it did not tell", async () => {
    await site(60);
    await legacy.run();
    exec("INSERT INTO rkxx VALUES ('told', '新', 1, 0)");
    await legacy.run();
    const { scans } = source;
    exec(
      "DELETE FROM rkxx WHERE sfzh IN ('told', 'p0005'); UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0006'",
    );
    exec("INSERT INTO rkxx VALUES ('untold', '新', 1, 0)");
    source.keptFrom = 1_000_000;
    exec("INSERT INTO feed VALUES (1000001, 'p0001')");
    assert.deepEqual(await moved(), [2, 2]);
    assert.ok(source.scans > scans);
    await assertEqual();
    exec("UPDATE rkxx SET xm = '再' WHERE sfzh = 'p0006'");
    const again = source.scans;
    assert.deepEqual(await moved(), [1, 0]);
    assert.equal(source.scans, again);
  });

  it("sends a value that came back while the feed was lost, though the last comparison of everything saw the same", async () => {
    await site(20);
    await legacy.run();
    exec("UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0006'");
    await legacy.run();
    exec("UPDATE rkxx SET xm = '名6' WHERE sfzh = 'p0006'");
    source.keptFrom = 1_000_000;
    exec("INSERT INTO feed VALUES (1000001, 'p0001')");
    assert.deepEqual(await moved(), [1, 0]);
    await assertEqual();
  });

  it("holds back all of a mass deletion, however many pages of the feed tell it, until it is approved or undone", async () => {
    await site(60, { maxDeletes: { percent: 10, rows: 5 } });
    await legacy.run();
    const { scans } = source;
    exec("DELETE FROM rkxx WHERE sfzh > 'p0010'; INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    await legacy.run("QZ_DELETE_GUARD");
    assert.deepEqual([state().guard?.before, state().guard?.deletes], [60, 50]);
    assert.equal(legacy.records().length, 61, "what is new is sent meanwhile");
    exec(rows(60).replace("INSERT", "INSERT OR IGNORE"));
    assert.deepEqual([...(await moved()), state().guard], [0, 0, null]);
    assert.equal(source.scans, scans, "nothing but the rows concerned is read");
    await assertEqual();
    exec("DELETE FROM rkxx WHERE sfzh BETWEEN 'p0011' AND 'p0060'");
    await legacy.run("QZ_DELETE_GUARD");
    exec("DELETE FROM rkxx WHERE sfzh = 'p0001'");
    await legacy.run("QZ_DELETE_GUARD");
    assert.equal(state().guard?.deletes, 51);
    legacy.approve(51);
    assert.deepEqual([...(await moved()), state().guard], [0, 51, null]);
    await assertEqual();
  });

  it("says in its status until when the feed was read, and what the source kept for it", async () => {
    await site(20);
    const feed = () => siteStatus(legacy.site.config, legacy.site.outbox).pipelines[0]?.feed;
    assert.equal(feed(), null);
    await legacy.run();
    const { at } = state().feedReport!;
    const iso = new Date(at).toISOString();
    assert.deepEqual(feed(), { asOf: iso, readToEndAt: iso, keptBytes: null, limitBytes: null });
    exec("UPDATE rkxx SET nl = 1 WHERE sfzh < 'p0009'");
    source.beforePointRead = () => {
      throw new QianzhiError("QZ_SOURCE_DENIED", { source: "legacy" });
    };
    legacy.passMs(60_000);
    await legacy.run("QZ_SOURCE_DENIED");
    assert.equal(feed()?.readToEndAt, iso);
    let reads = 0;
    source.beforePointRead = () => {
      reads += 1;
      if (reads === 2) throw new QianzhiError("QZ_SOURCE_DENIED", { source: "legacy" });
    };
    await legacy.run("QZ_SOURCE_DENIED");
    assert.deepEqual(
      [feed()?.readToEndAt, feed()?.keptBytes, feed()?.limitBytes],
      [iso, 16, 1_000],
    );
    assert.ok((feed()?.asOf ?? "") > iso);
    source.beforePointRead = () => undefined;
    await legacy.run();
    assert.equal(feed()?.readToEndAt, feed()?.asOf);
  });

  it("deletes what it had been told before the connection was lost, though the feed is past it", async () => {
    await site(20);
    await legacy.run();
    exec("DELETE FROM rkxx WHERE sfzh IN ('p0002', 'p0011')");
    let reads = 0;
    // The feed's page is read by the first, the second confirms what it told.
    source.beforePointRead = () => {
      reads += 1;
      if (reads === 2) throw new QianzhiError("QZ_SOURCE_DENIED", { source: "legacy" });
    };
    await legacy.run("QZ_SOURCE_DENIED");
    assert.equal(legacy.records().length, 20);
    assert.deepEqual(await moved(), [0, 2]);
    await assertEqual();
  });

  it("lets the delete guard look at a small table that was emptied, as before it is filled again at night", async () => {
    await site(3);
    await legacy.run();
    exec("DELETE FROM rkxx");
    await legacy.run("QZ_DELETE_GUARD");
    assert.equal(legacy.records().length, 3);
    exec(rows(3));
    assert.deepEqual(await moved(), [0, 0]);
    assert.equal(state().guard, null);
  });

  it("deletes a key that a row has left, though the connection was lost before that", async () => {
    source = feeding("id");
    legacy = await legacySite(
      `CREATE TABLE rkxx (id INTEGER PRIMARY KEY, sfzh TEXT, xm TEXT); ${feedOf("id")}
       INSERT INTO rkxx VALUES (1, 'a', '甲'), (2, 'b', '乙'), (3, 'c', '丙');`,
      {
        table: "rkxx",
        columns: { resident_id: "sfzh", name: "xm" },
        key: ["id"],
        mode: "native",
      },
      person,
      source.adapter,
    );
    await legacy.run();
    exec("UPDATE rkxx SET sfzh = 'new' WHERE id = 2; DELETE FROM rkxx WHERE id = 3");
    let reads = 0;
    // The second confirms the deletion, when what has changed is sealed.
    source.beforePointRead = () => {
      reads += 1;
      if (reads !== 2) return;
      exec("INSERT INTO rkxx VALUES (3, 'c', '丙')");
      throw new QianzhiError("QZ_SOURCE_LOST", { source: "legacy" });
    };
    await legacy.run();
    assert.ok(reads > 2, "it was lost, and found again");
    assert.deepEqual([...names().keys()], ["a", "c", "new"]);
  });

  it("sends everything again after a resync, and maps every row anew after a change of the mapping", async () => {
    await site(30);
    await legacy.run();
    exec("INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    await legacy.run();
    writePipelineState(legacy.site.store, "natural_person", { resync: true });
    assert.deepEqual(await moved(), [31, 0]);
    await legacy.reconfigure({ columns: { resident_id: "sfzh", name: "xm" } });
    assert.deepEqual(await moved(), [31, 0]);
    exec("DELETE FROM rkxx WHERE sfzh = 'new'");
    assert.deepEqual(await moved(), [0, 1]);
    await assertEqual();
  });

  it("goes on from a comparison by mode diff and back", async () => {
    await site(30);
    await legacy.run();
    exec("INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    await legacy.run();
    await legacy.reconfigure({ mode: "diff" });
    exec("DELETE FROM rkxx WHERE sfzh = 'new'; UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0001'");
    assert.deepEqual(await moved(), [1, 1]);
    await legacy.reconfigure({ mode: "native" });
    assert.equal((await legacy.run()).batches, 0);
    exec("UPDATE rkxx SET xm = '再' WHERE sfzh = 'p0001'");
    assert.deepEqual(await moved(), [1, 0]);
    await assertEqual();
  });

  it("refuses a source without a feed, and a key that the feed's deletions do not tell", async () => {
    await site(3, { key: ["xm"] });
    await legacy.run("QZ_READ_UNSUPPORTED");
    await legacy.close();
    legacy = await legacySite(
      schema,
      { table: "rkxx", columns: { resident_id: "sfzh", name: "xm" }, mode: "native" },
      person,
    );
    await legacy.run("QZ_READ_UNSUPPORTED");
  });
});

describe("a source with a feed that cannot read rows by key", () => {
  it("is listed once, and sealed from the rows of the feed", async () => {
    await site(40, {}, "list");
    await legacy.run();
    const { scans } = source;
    exec("UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0002'; DELETE FROM rkxx WHERE sfzh = 'p0003'");
    exec("INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    assert.deepEqual([...(await moved()), source.scans], [2, 1, scans]);
    await assertEqual();
  });

  it("without a listing tells what changes from now on, deletes only what was sent, and stops when it is lost", async () => {
    await site(10, {}, "nothing");
    await legacy.run();
    assert.equal(legacy.records().length, 0);
    exec(
      "UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0002'; INSERT INTO rkxx VALUES ('new', '新', 1, 0)",
    );
    exec("DELETE FROM rkxx WHERE sfzh = 'p0003'");
    assert.deepEqual(await moved(), [2, 0]);
    exec("DELETE FROM rkxx WHERE sfzh = 'new'");
    assert.deepEqual(await moved(), [0, 1]);
    source.keptFrom = 1_000;
    exec("UPDATE rkxx SET xm = '丢' WHERE sfzh = 'p0002'; INSERT INTO feed VALUES (2000, 'p0001')");
    await legacy.run("QZ_FEED_BROKEN");
    writePipelineState(legacy.site.store, "natural_person", { resync: true });
    await legacy.run();
    exec("UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0002'");
    assert.deepEqual(await moved(), [1, 0], "what was sent before the resync proves nothing");
    exec("UPDATE rkxx SET zx = 1 WHERE sfzh = 'p0002'");
    assert.deepEqual(await moved(), [0, 0]);
    exec("UPDATE rkxx SET xm = '再' WHERE sfzh = 'p0002'");
    assert.deepEqual(await moved(), [1, 0]);
    assert.deepEqual([...names()], [["p0002", "再"]]);
  });
});
