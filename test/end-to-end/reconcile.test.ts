import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import {
  readReconciliation,
  reconcilePipeline,
  siteStatus,
  writeReconciliation,
  type ReconciliationOutcome,
} from "@qianzhi/agent";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";
import { sqliteWith } from "../world/sqlite-with.ts";

const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, mj INTEGER DEFAULT 0, zx INTEGER DEFAULT 0, gxsj DATETIME);
  CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);
  INSERT INTO rkxx VALUES ('a', '甲', 1, 0, 0, datetime('now', 'localtime')), ('b', '乙', 2, 0, 0, datetime('now', 'localtime')),
    ('c', '丙', 3, 0, 0, datetime('now', 'localtime')), ('d', '丁', 4, 0, 0, datetime('now', 'localtime'));`;
const columns = { resident_id: "sfzh", name: "xm", age: "nl" };
const cursor = {
  table: "rkxx",
  columns,
  mode: "cursor",
  cursor: "gxsj",
  key: ["sfzh"],
  maxDeletes: { percent: 10, rows: 2 },
} as const;
const diff = { table: "rkxx", columns, mode: "diff", key: ["sfzh"] } as const;

let legacy: LegacySite;
afterEach(() => legacy.close());

const signal = new AbortController().signal;
const name = person.identifier;
const key = (id: string): string => JSON.stringify({ resident_id: id });

/** Reconciles and delivers what that sealed. */
async function reconcile(): Promise<ReconciliationOutcome> {
  const { site } = legacy;
  const outcome = await reconcilePipeline(site, site.runners.get(name)!, signal);
  await site.delivery.drain(signal);
  return outcome;
}

const repairs = ({ keys }: ReconciliationOutcome): readonly string[] =>
  keys.map(({ key: text, kind, because }) => `${kind} ${idOf(text)} ${because}`).toSorted();

const idOf = (text: string): string => (JSON.parse(text) as { resident_id: string }).resident_id;

/** The platform's copy as texts, one a record. */
const copy = (): readonly string[] =>
  legacy.records().map(({ resident_id, name: xm, age }) => [resident_id, xm, age].join(" "));

describe("a reconciliation", () => {
  it("I9: of equal copies reads all rows once, and says so", async () => {
    legacy = await legacySite(schema, cursor, person);
    await legacy.run();
    const sent = legacy.sent.length;
    const outcome = await reconcile();
    assert.deepEqual(
      [outcome.rows, outcome.equal, outcome.named, outcome.scans, outcome.keys],
      [4, 4, 0, 1, []],
    );
    assert.equal(legacy.sent.length, sent);
  });

  it("I9: in mode cursor repairs what no stamp has shown: a late commit, a change without stamp, a row that is gone", async () => {
    legacy = await legacySite(schema, cursor, person);
    await legacy.run();
    await reconcile();
    legacy.database.exec(
      `INSERT INTO rkxx VALUES ('late', '晚', 5, 0, 0, datetime('now', 'localtime', '-1 hours'));
       UPDATE rkxx SET xm = '改' WHERE sfzh = 'b'; DELETE FROM rkxx WHERE sfzh = 'c';`,
    );
    const { accepted } = await legacy.run();
    assert.equal(accepted, 0);
    const outcome = await reconcile();
    assert.deepEqual(repairs(outcome), [
      "missing late late-commit",
      "stale b unstamped",
      "surplus c deleted",
    ]);
    assert.deepEqual([outcome.rows, outcome.equal, outcome.scans], [4, 2, 2]);
    assert.deepEqual(copy(), ["a 甲 1", "b 改 2", "d 丁 4", "late 晚 5"]);
    assert.deepEqual(repairs(await reconcile()), []);
  });

  for (const [mode, pipeline] of Object.entries({ cursor, diff }))
    it(`I9: in mode ${mode} repairs a copy that was changed at the platform`, async () => {
      legacy = await legacySite(schema, pipeline, person);
      legacy.platform.behaviour.set({ loseKeys: [key("a"), key("b")] });
      await legacy.run();
      legacy.platform.behaviour.set({ loseKeys: [key("c")] });
      legacy.database.exec(
        "UPDATE rkxx SET xm = '新', gxsj = datetime('now', 'localtime', '+1 seconds') WHERE sfzh = 'c'",
      );
      await legacy.run();
      legacy.platform.behaviour.set({});
      assert.deepEqual(copy(), ["c 丙 3", "d 丁 4"]);
      const outcome = await reconcile();
      assert.deepEqual(repairs(outcome), [
        "missing a changed-at-platform",
        "missing b changed-at-platform",
        "stale c changed-at-platform",
      ]);
      assert.deepEqual([outcome.digests?.source.count, outcome.digests?.platform.count], [4, 2]);
      assert.deepEqual(copy(), ["a 甲 1", "b 乙 2", "c 新 3", "d 丁 4"]);
      legacy.database.exec(
        "UPDATE rkxx SET xm = '再', gxsj = datetime('now', 'localtime', '+2 seconds') WHERE sfzh = 'c'",
      );
      await legacy.run();
      assert.ok(copy().includes("c 再 3"), "what was repaired is followed as before");
    });

  it("I9: in mode diff deletes what the platform has kept of a row that is gone", async () => {
    legacy = await legacySite(schema, diff, person);
    await legacy.run();
    legacy.platform.behaviour.set({ loseKeys: [key("a")] });
    legacy.database.exec("DELETE FROM rkxx WHERE sfzh = 'a'");
    assert.equal((await legacy.run()).deleted, 1);
    legacy.platform.behaviour.set({});
    assert.deepEqual(repairs(await reconcile()), ["surplus a changed-at-platform"]);
    assert.deepEqual(copy(), ["b 乙 2", "c 丙 3", "d 丁 4"]);
  });

  it("I9: in mode replace has the whole content sent again", async () => {
    legacy = await legacySite(schema, { ...diff, mode: "replace" }, person);
    legacy.platform.behaviour.set({ loseKeys: [key("a")] });
    await legacy.run();
    legacy.platform.behaviour.set({});
    assert.equal(copy().length, 3);
    assert.deepEqual(repairs(await reconcile()), ["missing a changed-at-platform"]);
    assert.deepEqual(repairs(await reconcile()), []);
    assert.deepEqual(copy(), ["a 甲 1", "b 乙 2", "c 丙 3", "d 丁 4"]);
  });

  it("names what may not be sent and what the platform has refused, and sends neither", async () => {
    legacy = await legacySite(
      `${schema} UPDATE rkxx SET xm = NULL WHERE sfzh = 'a';`,
      cursor,
      person,
    );
    legacy.platform.behaviour.set({ refuseKeys: [key("b")] });
    await legacy.run();
    legacy.platform.behaviour.set({});
    const sent = legacy.sent.length;
    const outcome = await reconcile();
    assert.deepEqual([outcome.rows, outcome.equal, outcome.named, outcome.keys], [4, 2, 2, []]);
    assert.equal(legacy.sent.length, sent);
  });

  it("I4: takes a change that is on its way, and one that comes while it reads, for what they are", async () => {
    let scans = 0;
    const writing = sqliteWith((source) => ({
      async scan(request, each) {
        const page = await source.scan!(request, each);
        // Behind each page of a whole scan a row changes that was read, and one is deleted by its flag.
        if (request.order[0] === "sfzh" && request.keys === undefined) {
          scans += 1;
          legacy.database.exec(
            `UPDATE rkxx SET nl = nl + 10, gxsj = datetime('now', 'localtime', '+${scans + 5} seconds') WHERE sfzh = 'a';
             INSERT INTO rkxx VALUES ('A${scans}', '新', 1, 0, 0, datetime('now', 'localtime', '+${scans + 5} seconds'));
             UPDATE rkxx SET zx = 1, gxsj = datetime('now', 'localtime', '+${scans + 5} seconds') WHERE sfzh = 'd';`,
          );
        }
        return page;
      },
    }));
    legacy = await legacySite(
      schema,
      { ...cursor, deletedWhen: "zx = 1", pageRows: 2 },
      person,
      writing,
    );
    await legacy.run();
    // Sealed, and not delivered before the platform is asked.
    legacy.database.exec(
      "UPDATE rkxx SET xm = '途', gxsj = datetime('now', 'localtime', '+1 seconds') WHERE sfzh = 'b'",
    );
    await legacy.site.delivery.stop();
    await legacy.site.runners.get(name)!.run(signal);
    const before = legacy.sent.length;
    const outcome = await reconcilePipeline(legacy.site, legacy.site.runners.get(name)!, signal);
    assert.ok(scans >= 4);
    assert.deepEqual([outcome.scans, repairs(outcome)], [2, []]);
    assert.equal(legacy.sent.length, before);
    await legacy.run();
    assert.ok(copy().includes("b 途 2"));
    assert.ok(!copy().some((text) => text.startsWith("d ")));
  });

  it("holds more deletions than the guard lets pass, shows them, and lets them pass when a person says so", async () => {
    legacy = await legacySite(schema, cursor, person);
    await legacy.run();
    legacy.database.exec("DELETE FROM rkxx WHERE sfzh <> 'a'");
    const held = await reconcile();
    assert.deepEqual([held.held?.before, held.held?.deletes, held.keys], [4, 3, []]);
    assert.equal(copy().length, 4);
    const { issues } = siteStatus(legacy.site.config, legacy.site.outbox);
    assert.deepEqual(
      issues.map(({ code, details }) => [code, details["deletes"]]),
      [["QZ_DELETE_GUARD", 3]],
    );
    writeReconciliation(legacy.site.store, name, { approvedDeletes: 3 });
    assert.equal((await reconcile()).keys.length, 3);
    assert.deepEqual(copy(), ["a 甲 1"]);
    assert.deepEqual(siteStatus(legacy.site.config, legacy.site.outbox).issues, []);
  });

  it("reads a row again before it is deleted, also where its key does not tell which row it was", async () => {
    let hidden = true;
    const forgetful = sqliteWith((source) => ({
      async scan(request, each) {
        const page = await source.scan!(request, each);
        if (!hidden || request.order[0] !== "sfzh" || request.keys !== undefined) return page;
        return { ...page, rows: page.rows.filter((row) => !row.includes("c")) };
      },
    }));
    legacy = await legacySite(schema, cursor, person, forgetful);
    await legacy.run();
    assert.deepEqual((await reconcile()).keys, []);
    assert.equal(copy().length, 4);
    hidden = false;
    legacy.database.exec("DELETE FROM rkxx WHERE sfzh = 'c'");
    assert.deepEqual(repairs(await reconcile()), ["surplus c deleted"]);
  });

  it("I9: is owed when a pipeline leaves mode replace, whose last generation no index has", async () => {
    legacy = await legacySite(schema, { ...diff, mode: "replace" }, person);
    await legacy.run();
    legacy.database.exec("DELETE FROM rkxx WHERE sfzh = 'a'; UPDATE rkxx SET nl = nl + 10");
    legacy.platform.behaviour.set({ refuseEvery: 1 });
    await legacy.run("QZ_GENERATION_ABORTED");
    legacy.platform.behaviour.set({});
    await legacy.reconfigure({ mode: "diff" });
    await legacy.run();
    const { site } = legacy;
    const { issues } = siteStatus(site.config, site.outbox);
    assert.deepEqual(
      issues.filter(({ code }) => code === "QZ_GENERATION_ABORTED"),
      [],
    );
    assert.deepEqual(copy(), ["b 乙 12", "c 丙 13", "d 丁 14"], "run --once has paid it");
    const { outcome } = readReconciliation(site.store, name) ?? {};
    assert.deepEqual(outcome?.repaired, { missing: 0, stale: 0, surplus: 1 });
  });

  it("pays the reconciliation that is owed, and is remembered", async () => {
    legacy = await legacySite(schema, cursor, person);
    await legacy.run();
    const { site } = legacy;
    const { stream } = site.runners.get(name)!;
    site.outbox.setOwed(stream, "the data directory was lost");
    legacy.database.exec("DELETE FROM rkxx WHERE sfzh = 'c'");
    await reconcile();
    assert.equal(site.outbox.owed(stream), undefined);
    const { outcome, doneAt } = readReconciliation(site.store, name) ?? {};
    assert.ok(typeof doneAt === "number");
    assert.deepEqual(outcome?.repaired, { missing: 0, stale: 0, surplus: 1 });
  });
});
