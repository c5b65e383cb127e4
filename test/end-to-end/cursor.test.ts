import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { readPipelineState, siteStatus, writePipelineState } from "@qianzhi/agent";
import { QianzhiError, type Adapter } from "@qianzhi/sdk";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";
import { sqliteWith } from "../world/sqlite-with.ts";

const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, mj INTEGER DEFAULT 0, zx INTEGER DEFAULT 0, gxsj DATETIME);
  CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);`;
const now = "datetime('now', 'localtime')";
const pipeline = {
  table: "rkxx",
  columns: { resident_id: "sfzh", name: "xm", age: "nl" },
  mode: "cursor",
  cursor: "gxsj",
  key: ["sfzh"],
  where: "mj = 0",
  deletedWhen: "zx = 1",
} as const;

let legacy: LegacySite;
afterEach(() => legacy.close());

describe("a pipeline in mode cursor", () => {
  it("I5: says nothing of rows that were never shared, not even their keys", async () => {
    legacy = await legacySite(
      `${schema} INSERT INTO rkxx VALUES ('open', '甲', 1, 0, 0, ${now}), ('canary-secret', '乙', 2, 1, 0, ${now}),
         ('canary-gone', '丙', 3, 0, 1, ${now}), ('canary-old', '丁', 3, 1, 0, datetime('now', '-9 days'));`,
      pipeline,
      person,
    );
    const { deleted } = await legacy.run();
    assert.equal(deleted, 0);
    legacy.database.exec(
      `INSERT INTO rkxx VALUES ('canary-new', '戊', 2, 1, 0, datetime('now', 'localtime', '+2 seconds'))`,
    );
    await legacy.run();
    assert.doesNotMatch(legacy.sent.join("\n"), /canary/);
    assert.equal(legacy.records().length, 1);
  });

  it("I1: counts each row once in a run that was cut off in the middle and went on", async () => {
    const old = "datetime('now', 'localtime', '-1 days')";
    legacy = await legacySite(
      `${schema} WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 3000)
         INSERT INTO rkxx SELECT 'r' || id, '甲', 1, 0, 0, ${old} FROM n;`,
      pipeline,
      person,
      cutOffAtPage(3),
    );
    const { read, unchanged, accepted, quarantined, deleted } = await legacy.run();
    assert.equal(accepted, 3000);
    assert.equal(read, unchanged + accepted + quarantined + deleted);
  });

  it("makes few batches of a load, none of more than pageRows rows", async () => {
    const old = "datetime('now', 'localtime', '-1 days')";
    legacy = await legacySite(
      `${schema} WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 9000)
         INSERT INTO rkxx SELECT 'r' || id, '甲', 1, 0, 0, ${old} FROM n;`,
      { ...pipeline, pageRows: 4_100 },
      person,
    );
    const { accepted } = await legacy.run();
    assert.equal(accepted, 9_000);
    const sizes = legacy.sent.map((batch) => batch.trimEnd().split("\n").length - 1);
    // How many rows a page of texts without a length has, their bytes decide.
    assert.ok(sizes.length <= 3 && Math.max(...sizes) <= 4_100, String(sizes));
  });

  it("withdraws a row that was shared and is not any more, and shares it again", async () => {
    legacy = await legacySite(
      `${schema} INSERT INTO rkxx VALUES ('a', '甲', 1, 0, 0, ${now}), ('b', '乙', 2, 0, 0, ${now});`,
      pipeline,
      person,
    );
    await legacy.run();
    legacy.database.exec(
      "UPDATE rkxx SET mj = 1, gxsj = datetime('now', 'localtime', '+1 seconds') WHERE sfzh = 'a'",
    );
    assert.equal((await legacy.run()).deleted, 1);
    assert.equal(legacy.records().length, 1);
    legacy.database.exec(
      "UPDATE rkxx SET mj = 0, gxsj = datetime('now', 'localtime', '+2 seconds') WHERE sfzh = 'a'",
    );
    await legacy.run();
    assert.equal(legacy.records().length, 2);
    legacy.database.exec(
      "UPDATE rkxx SET zx = 1, gxsj = datetime('now', 'localtime', '+3 seconds') WHERE sfzh = 'a'",
    );
    assert.equal((await legacy.run()).deleted, 1);
    assert.equal(legacy.records().length, 1);
  });

  it("I9: names a row that was shared, and is flagged without a stamp", async () => {
    legacy = await legacySite(
      `${schema} INSERT INTO rkxx VALUES ('a', '甲', 1, 0, 0, ${now}), ('b', '乙', 2, 0, 0, ${now}),
         ('never', '丙', 3, 0, 1, NULL);`,
      pipeline,
      person,
    );
    await legacy.run();
    assert.equal(legacy.site.outbox.quarantine.count("natural_person"), 0);
    legacy.database.exec("UPDATE rkxx SET zx = 1, gxsj = NULL WHERE sfzh = 'a'");
    await legacy.run();
    assert.equal(legacy.site.outbox.quarantine.count("natural_person"), 1);
    legacy.database.exec(
      "UPDATE rkxx SET gxsj = datetime('now', 'localtime', '+1 seconds') WHERE sfzh = 'a'",
    );
    assert.equal((await legacy.run()).deleted, 1);
    assert.equal(legacy.site.outbox.quarantine.count("natural_person"), 0);
  });

  it("keeps a record that a live row provides beside a flagged one, however far apart they stand", async () => {
    const early = "datetime('now', 'localtime', '-1 days')";
    legacy = await legacySite(
      `${schema.replace("sfzh TEXT NOT NULL PRIMARY KEY", "id INTEGER PRIMARY KEY, sfzh TEXT")}
       WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 2500)
       INSERT INTO rkxx SELECT id, 'r' || id, '甲', 1, 0, 0, ${early} FROM n;
       UPDATE rkxx SET sfzh = 'r1', zx = 1 WHERE id = 2400;`,
      { ...pipeline, key: ["id"] },
      person,
    );
    const { deleted, accepted } = await legacy.run();
    assert.equal(deleted, 0);
    assert.equal(accepted, 2499);
  });

  it("reads a long stretch beyond the horizon again at a pace that backs off, and what is new at once", async () => {
    const at = (second: number) => `datetime('now', '+7 hours', '+${second} seconds')`;
    const insert = (id: string, second: number) =>
      `INSERT INTO rkxx VALUES ('${id}', '甲', 1, 0, 0, ${at(second)});`;
    const rows = Array.from({ length: 12 }, (_, n) => insert(`id${n}`, 10 * n)).join("");
    legacy = await legacySite(
      `${schema} ${rows}`,
      { ...pipeline, settleMs: 7_200_000, pageRows: 5 },
      person,
    );
    assert.equal((await legacy.run()).read, 12);
    assert.equal((await legacy.run()).read, 0);
    legacy.database.exec(insert("late", 15) + insert("new", 200));
    assert.equal((await legacy.run()).accepted, 1);
    assert.equal(legacy.records().length, 13);
    legacy.passMs(2_000);
    const again = await legacy.run();
    assert.deepEqual([again.read, again.accepted], [14, 1]);
    legacy.passMs(2_000);
    assert.equal((await legacy.run()).read, 0);
    legacy.passMs(2_000);
    assert.equal((await legacy.run()).read, 14);
  });

  it("I9: lets go of a row that lost its stamp and got it back while its stretch was not read again", async () => {
    const at = (second: number) => `datetime('now', '+7 hours', '+${second} seconds')`;
    const rows = Array.from(
      { length: 12 },
      (_, n) => `INSERT INTO rkxx VALUES ('id${n}', '甲', 1, 0, 0, ${at(10 * n)});`,
    ).join("");
    legacy = await legacySite(
      `${schema} ${rows}`,
      { ...pipeline, settleMs: 7_200_000, pageRows: 5 },
      person,
    );
    const { quarantine } = legacy.site.outbox;
    const again = async (): Promise<void> => {
      legacy.passMs(600_000);
      await legacy.run();
    };
    await legacy.run();
    await again();
    legacy.database.exec("UPDATE rkxx SET gxsj = NULL WHERE sfzh = 'id3'");
    await legacy.run();
    assert.equal(quarantine.count("natural_person"), 1);
    legacy.database.exec(`UPDATE rkxx SET gxsj = ${at(500)} WHERE sfzh = 'id3'`);
    await legacy.run();
    await again();
    assert.equal(quarantine.count("natural_person"), 0);
  });

  it("I8: shows where it stands as discreetly as the item that its change column feeds", async () => {
    const items = person.items.map((item) =>
      item.identifier === "age" ? { ...item, sensitivity: "high" as const } : item,
    );
    legacy = await legacySite(
      `${schema} INSERT INTO rkxx VALUES ('a', '甲', 41, 0, 0, ${now});`,
      { ...pipeline, cursor: "nl" },
      { ...person, items },
    );
    await legacy.run();
    legacy.database.exec(`INSERT INTO rkxx VALUES ('b', '乙', 42, 0, 0, ${now})`);
    await legacy.run();
    const { position } = siteStatus(legacy.site.config, legacy.site.outbox).pipelines[0] ?? {};
    assert.equal(position, "***");
  });

  it("tells in its status who holds the position back, when that is longer than a minute", async () => {
    legacy = await legacySite(
      `${schema} INSERT INTO rkxx VALUES ('a', '甲', 1, 0, 0, ${now});`,
      pipeline,
      person,
    );
    await legacy.run();
    const { store } = legacy.site;
    const { horizon } = readPipelineState(store, person.identifier);
    const held = (minutes: number) => {
      const since = new Date(Date.now() + (8 * 60 - minutes) * 60_000).toISOString();
      const heldBy = { session: "pid 7 app", since: since.replace("T", " ").slice(0, 23) };
      writePipelineState(store, person.identifier, { horizon: { ...horizon!, heldBy } });
      return siteStatus(legacy.site.config, legacy.site.outbox).pipelines[0]?.horizon;
    };
    assert.equal(held(0)?.heldBy, undefined);
    assert.equal(held(5)?.heldBy?.session, "pid 7 app");
    assert.deepEqual([held(0)?.exact, held(0)?.because], [false, "unsupported"]);
  });
});

/** SQLite whose connection is lost once, at that page. */
function cutOffAtPage(page: number): Adapter {
  let pages = 0;
  return sqliteWith((source) => ({
    async scan(request, signal) {
      pages += 1;
      if (pages === page) throw new QianzhiError("QZ_SOURCE_LOST", { source: "legacy" });
      return source.scan!(request, signal);
    },
  }));
}
