import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { siteStatus, writePipelineState } from "@qianzhi/agent";
import { QianzhiError } from "@qianzhi/sdk";
import { fedSite, fedTable, fedThrough, rows, type FedSite } from "../world/fed-site.ts";
import { feedOf, feeding } from "../world/feeding.ts";
import { legacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

let fed: FedSite;
afterEach(() => fed.legacy.close());

describe("a pipeline in mode native", () => {
  it("reads everything once, then only what the feed tells, deletions and changed keys included", async () => {
    fed = await fedSite(200);
    assert.equal((await fed.legacy.run()).accepted, 200);
    const { scans } = fed.source;
    fed.exec("INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    fed.exec("UPDATE rkxx SET xm = '改' WHERE sfzh IN ('p0007', 'p0150', 'new')");
    fed.exec(
      "DELETE FROM rkxx WHERE sfzh = 'p0008'; UPDATE rkxx SET sfzh = 'moved' WHERE sfzh = 'p0009'",
    );
    assert.deepEqual([...(await fed.moved()), fed.source.scans], [4, 2, scans]);
    fed.exec("DELETE FROM rkxx WHERE sfzh = 'new'; UPDATE rkxx SET xm = '再' WHERE sfzh = 'moved'");
    await fed.legacy.run();
    assert.deepEqual(
      ["new", "moved", "p0007", "p0008", "p0009", "p0150"].map((key) => fed.names().get(key)),
      [undefined, "再", "改", undefined, undefined, "改"],
    );
    await fed.assertEqual();
  });

  it("asks the feed once and writes nothing while nothing changes, and sends nothing that is as it was", async () => {
    fed = await fedSite(20);
    await fed.legacy.run();
    await fed.legacy.run();
    const { pages, scans } = fed.source;
    const before = fed.state();
    await fed.legacy.run();
    assert.deepEqual(
      [fed.source.pages - pages, fed.source.scans - scans, fed.state()],
      [1, 0, before],
    );
    fed.exec(
      "UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0003'; UPDATE rkxx SET xm = '名3' WHERE sfzh = 'p0003'",
    );
    const report = await fed.legacy.run();
    assert.equal(report.batches, 0);
    assert.equal(fed.source.pages - pages, 3, "two pages, each asked for once");
    assert.notDeepEqual(fed.state().feed, before.feed);
  });

  it("loses nothing that changes while everything is read, nor brings back what it was", async () => {
    fed = await fedSite(120);
    let writes = 0;
    fed.source.beforeScan = () => {
      writes += 1;
      fed.exec(`INSERT OR REPLACE INTO rkxx VALUES ('a${writes}', '前', 1, 0)`);
      fed.exec(
        `UPDATE rkxx SET xm = '改${writes}' WHERE sfzh = 'p0001'; DELETE FROM rkxx WHERE sfzh = 'p00${writes + 10}'`,
      );
    };
    await fed.legacy.run();
    fed.source.beforeScan = () => undefined;
    await fed.legacy.run();
    assert.ok(writes > 1);
    assert.equal(fed.names().get("p0001"), `改${writes}`);
    await fed.assertEqual();
  });

  it("deletes a row that leaves where or is flagged", async () => {
    fed = await fedSite(20, { where: "nl < 100", deletedWhen: "zx = 1" });
    await fed.legacy.run();
    fed.exec(
      "UPDATE rkxx SET nl = 100 WHERE sfzh = 'p0002'; UPDATE rkxx SET zx = 1 WHERE sfzh = 'p0003'",
    );
    assert.deepEqual(await fed.moved(), [0, 2]);
    fed.exec("UPDATE rkxx SET nl = 5 WHERE sfzh = 'p0002'");
    assert.deepEqual(await fed.moved(), [1, 0]);
    await fed.assertEqual();
  });

  it("reads everything again when the feed is lost, and finds what it did not tell", async () => {
    fed = await fedSite(60);
    await fed.legacy.run();
    fed.exec("INSERT INTO rkxx VALUES ('told', '新', 1, 0)");
    await fed.legacy.run();
    const { scans } = fed.source;
    fed.exec(
      "DELETE FROM rkxx WHERE sfzh IN ('told', 'p0005'); UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0006'",
    );
    fed.exec("INSERT INTO rkxx VALUES ('untold', '新', 1, 0)");
    fed.source.keptFrom = 1_000_000;
    fed.exec("INSERT INTO feed VALUES (1000001, 'p0001')");
    assert.deepEqual(await fed.moved(), [2, 2]);
    assert.ok(fed.source.scans > scans);
    await fed.assertEqual();
    fed.exec("UPDATE rkxx SET xm = '再' WHERE sfzh = 'p0006'");
    const again = fed.source.scans;
    assert.deepEqual(await fed.moved(), [1, 0]);
    assert.equal(fed.source.scans, again);
  });

  it("sends a value that came back while the feed was lost, though the last comparison of everything saw the same", async () => {
    fed = await fedSite(20);
    await fed.legacy.run();
    fed.exec("UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0006'");
    await fed.legacy.run();
    fed.exec("UPDATE rkxx SET xm = '名6' WHERE sfzh = 'p0006'");
    fed.source.keptFrom = 1_000_000;
    fed.exec("INSERT INTO feed VALUES (1000001, 'p0001')");
    assert.deepEqual(await fed.moved(), [1, 0]);
    await fed.assertEqual();
  });

  it("holds back all of a mass deletion, however many pages of the feed tell it, until it is approved or undone", async () => {
    fed = await fedSite(60, { maxDeletes: { percent: 10, rows: 5 } });
    await fed.legacy.run();
    const { scans } = fed.source;
    fed.exec("DELETE FROM rkxx WHERE sfzh > 'p0010'; INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    await fed.legacy.run("QZ_DELETE_GUARD");
    assert.deepEqual([fed.state().guard?.before, fed.state().guard?.deletes], [60, 50]);
    assert.equal(fed.legacy.records().length, 61, "what is new is sent meanwhile");
    fed.exec(rows(60).replace("INSERT", "INSERT OR IGNORE"));
    assert.deepEqual([...(await fed.moved()), fed.state().guard], [0, 0, null]);
    assert.equal(fed.source.scans, scans, "nothing but the rows concerned is read");
    await fed.assertEqual();
    fed.exec("DELETE FROM rkxx WHERE sfzh BETWEEN 'p0011' AND 'p0060'");
    await fed.legacy.run("QZ_DELETE_GUARD");
    fed.exec("DELETE FROM rkxx WHERE sfzh = 'p0001'");
    await fed.legacy.run("QZ_DELETE_GUARD");
    assert.equal(fed.state().guard?.deletes, 51);
    fed.legacy.approve(51);
    assert.deepEqual([...(await fed.moved()), fed.state().guard], [0, 51, null]);
    await fed.assertEqual();
  });

  it("judges deletions by all of a long feed: what it says was added beside them does not make them few", async () => {
    fed = await fedSite(60, { maxDeletes: { percent: 10, rows: 5 } });
    await fed.legacy.run();
    fed.exec(rows(660).replace("INSERT", "INSERT OR IGNORE"));
    let pages = 0;
    // The new rows first, then pages in which nothing concerns the table, then the deletions.
    fed.source.tell = (position) => {
      const { n } = position as { readonly n: number };
      if (n < 600 || pages === 1_000) return undefined;
      pages += 1;
      return { changes: [], position: { n, pages }, end: false };
    };
    fed.exec("DELETE FROM rkxx WHERE sfzh <= 'p0060'");
    await fed.legacy.run("QZ_DELETE_GUARD");
    assert.equal(pages, 1_000);
    assert.deepEqual([fed.state().guard?.before, fed.state().guard?.deletes], [60, 60]);
  });

  it("stops at a page that tells of more and leads nowhere", async () => {
    fed = await fedSite(3);
    await fed.legacy.run();
    fed.source.tell = (position) => ({ changes: [], position, end: false });
    await fed.legacy.run("QZ_ADAPTER_FAULT");
  });

  it("says in its status until when the feed was read, and what the source kept for it", async () => {
    fed = await fedSite(20);
    const feed = () =>
      siteStatus(fed.legacy.site.config, fed.legacy.site.outbox).pipelines[0]?.feed;
    assert.equal(feed(), null);
    await fed.legacy.run();
    const { at } = fed.state().feedReport!;
    const iso = new Date(at).toISOString();
    assert.deepEqual(feed(), { asOf: iso, readToEndAt: iso, keptBytes: null, limitBytes: null });
    fed.exec("UPDATE rkxx SET nl = 1 WHERE sfzh < 'p0009'");
    fed.source.beforePointRead = () => {
      throw new QianzhiError("QZ_SOURCE_DENIED", { source: "legacy" });
    };
    fed.legacy.passMs(60_000);
    await fed.legacy.run("QZ_SOURCE_DENIED");
    assert.equal(feed()?.readToEndAt, iso);
    let reads = 0;
    fed.source.beforePointRead = () => {
      reads += 1;
      if (reads === 2) throw new QianzhiError("QZ_SOURCE_DENIED", { source: "legacy" });
    };
    await fed.legacy.run("QZ_SOURCE_DENIED");
    assert.deepEqual(
      [feed()?.readToEndAt, feed()?.keptBytes, feed()?.limitBytes],
      [iso, 16, 1_000],
    );
    assert.ok((feed()?.asOf ?? "") > iso);
    fed.source.beforePointRead = () => undefined;
    await fed.legacy.run();
    assert.equal(feed()?.readToEndAt, feed()?.asOf);
  });

  it("learns from a poll that finds nothing that the source keeps far less by now", async () => {
    fed = await fedSite(20);
    await fed.legacy.run();
    const { n } = fed.state().feed as { n: number };
    const told = (bytes: number): void => {
      fed.source.tell = () => ({
        changes: [],
        position: { n: n + 1 },
        end: true,
        kept: { bytes, limitBytes: null },
      });
    };
    told(2 ** 31);
    await fed.legacy.run();
    assert.equal(fed.state().feedReport?.keptBytes, 2 ** 31);
    told(2 ** 31 - 1);
    await fed.legacy.run();
    assert.equal(fed.state().feedReport?.keptBytes, 2 ** 31, "a little less is worth no write");
    told(0);
    await fed.legacy.run();
    assert.equal(fed.state().feedReport?.keptBytes, 0);
  });

  it("deletes what it had been told before the connection was lost, though the feed is past it", async () => {
    fed = await fedSite(20);
    await fed.legacy.run();
    fed.exec("DELETE FROM rkxx WHERE sfzh IN ('p0002', 'p0011')");
    let reads = 0;
    // The feed's page is read by the first, the second confirms what it told.
    fed.source.beforePointRead = () => {
      reads += 1;
      if (reads === 2) throw new QianzhiError("QZ_SOURCE_DENIED", { source: "legacy" });
    };
    await fed.legacy.run("QZ_SOURCE_DENIED");
    assert.equal(fed.legacy.records().length, 20);
    assert.deepEqual(await fed.moved(), [0, 2]);
    await fed.assertEqual();
  });

  it("lets the delete guard look at a small table that was emptied, as before it is filled again at night", async () => {
    fed = await fedSite(3);
    await fed.legacy.run();
    fed.exec("DELETE FROM rkxx");
    await fed.legacy.run("QZ_DELETE_GUARD");
    assert.equal(fed.legacy.records().length, 3);
    fed.exec(rows(3));
    assert.deepEqual(await fed.moved(), [0, 0]);
    assert.equal(fed.state().guard, null);
  });

  it("deletes a key that a row has left, though the connection was lost before that", async () => {
    const source = feeding("id");
    const legacy = await legacySite(
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
    fed = fedThrough(source, legacy);
    await fed.legacy.run();
    fed.exec("UPDATE rkxx SET sfzh = 'new' WHERE id = 2; DELETE FROM rkxx WHERE id = 3");
    let reads = 0;
    // The second confirms the deletion, when what has changed is sealed.
    fed.source.beforePointRead = () => {
      reads += 1;
      if (reads !== 2) return;
      fed.exec("INSERT INTO rkxx VALUES (3, 'c', '丙')");
      throw new QianzhiError("QZ_SOURCE_LOST", { source: "legacy" });
    };
    await fed.legacy.run();
    assert.ok(reads > 2, "it was lost, and found again");
    assert.deepEqual([...fed.names().keys()], ["a", "c", "new"]);
  });

  it("sends everything again after a resync, and maps every row anew after a change of the mapping", async () => {
    fed = await fedSite(30);
    await fed.legacy.run();
    fed.exec("INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    await fed.legacy.run();
    writePipelineState(fed.legacy.site.store, "natural_person", { resync: true });
    assert.deepEqual(await fed.moved(), [31, 0]);
    await fed.legacy.reconfigure({ columns: { resident_id: "sfzh", name: "xm" } });
    assert.deepEqual(await fed.moved(), [31, 0]);
    fed.exec("DELETE FROM rkxx WHERE sfzh = 'new'");
    assert.deepEqual(await fed.moved(), [0, 1]);
    await fed.assertEqual();
  });

  it("goes on from a comparison by mode diff and back", async () => {
    fed = await fedSite(30);
    await fed.legacy.run();
    fed.exec("INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    await fed.legacy.run();
    await fed.legacy.reconfigure({ mode: "diff" });
    fed.exec("DELETE FROM rkxx WHERE sfzh = 'new'; UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0001'");
    assert.deepEqual(await fed.moved(), [1, 1]);
    await fed.legacy.reconfigure({ mode: "native" });
    assert.equal((await fed.legacy.run()).batches, 0);
    fed.exec("UPDATE rkxx SET xm = '再' WHERE sfzh = 'p0001'");
    assert.deepEqual(await fed.moved(), [1, 0]);
    await fed.assertEqual();
  });

  it("refuses a source without a feed, and a key that the feed's deletions do not tell", async () => {
    fed = await fedSite(3, { key: ["xm"] });
    await fed.legacy.run("QZ_READ_UNSUPPORTED");
    await fed.legacy.close();
    const legacy = await legacySite(
      fedTable,
      { table: "rkxx", columns: { resident_id: "sfzh", name: "xm" }, mode: "native" },
      person,
    );
    fed = { ...fed, legacy };
    await fed.legacy.run("QZ_READ_UNSUPPORTED");
  });
});
