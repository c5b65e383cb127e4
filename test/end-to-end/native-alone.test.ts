import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { writePipelineState } from "@qianzhi/agent";
import { fedSite, type FedSite } from "../world/fed-site.ts";

let fed: FedSite;
afterEach(() => fed.legacy.close());

describe("a source with a feed that cannot read rows by key", () => {
  it("is listed once, and sealed from the rows of the feed", async () => {
    fed = await fedSite(40, {}, "list");
    await fed.legacy.run();
    const { scans } = fed.source;
    fed.exec(
      "UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0002'; DELETE FROM rkxx WHERE sfzh = 'p0003'",
    );
    fed.exec("INSERT INTO rkxx VALUES ('new', '新', 1, 0)");
    assert.deepEqual([...(await fed.moved()), fed.source.scans], [2, 1, scans]);
    await fed.assertEqual();
  });

  it("without a listing tells what changes from now on, deletes only what was sent, and stops when it is lost", async () => {
    fed = await fedSite(10, {}, "nothing");
    await fed.legacy.run();
    assert.equal(fed.legacy.records().length, 0);
    fed.exec(
      "UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0002'; INSERT INTO rkxx VALUES ('new', '新', 1, 0)",
    );
    fed.exec("DELETE FROM rkxx WHERE sfzh = 'p0003'");
    assert.deepEqual(await fed.moved(), [2, 0]);
    fed.exec("DELETE FROM rkxx WHERE sfzh = 'new'");
    assert.deepEqual(await fed.moved(), [0, 1]);
    fed.source.keptFrom = 1_000;
    fed.exec(
      "UPDATE rkxx SET xm = '丢' WHERE sfzh = 'p0002'; INSERT INTO feed VALUES (2000, 'p0001')",
    );
    await fed.legacy.run("QZ_FEED_BROKEN");
    writePipelineState(fed.legacy.site.store, "natural_person", { resync: true });
    await fed.legacy.run();
    fed.exec("UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0002'");
    assert.deepEqual(await fed.moved(), [1, 0], "what was sent before the resync proves nothing");
    fed.exec("UPDATE rkxx SET zx = 1 WHERE sfzh = 'p0002'");
    assert.deepEqual(await fed.moved(), [0, 0]);
    fed.exec("UPDATE rkxx SET xm = '再' WHERE sfzh = 'p0002'");
    assert.deepEqual(await fed.moved(), [1, 0]);
    assert.deepEqual([...fed.names()], [["p0002", "再"]]);
  });

  it("owes a reconciliation that nobody can make, and does not fail for that", async () => {
    fed = await fedSite(10, {}, "nothing");
    await fed.legacy.run();
    fed.exec("UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0002'");
    await fed.legacy.run();
    await fed.legacy.loseData();
    await fed.legacy.run();
    assert.ok(fed.legacy.site.outbox.streams()[0]?.owed);
    assert.equal(fed.legacy.records().length, 1);
  });
});
