import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { siteStatus } from "@qianzhi/agent";
import sqlite from "@qianzhi/adapter-sqlite";
import { defineResource } from "@qianzhi/sdk";
import { feedOf, feeding } from "../world/feeding.ts";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

/** A table that every mode can read: the rows that a backup knows, `a` to `d`. */
const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, gxsj TEXT NOT NULL);
  CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh); ${feedOf("sfzh")}
  INSERT INTO rkxx VALUES ('a', '甲', 1, '2026-01-01 00:00:01'), ('b', '乙', 2, '2026-01-01 00:00:02'),
    ('c', '丙', 3, '2026-01-01 00:00:03'), ('d', '丁', 4, '2026-01-01 00:00:04');`;
/** What happens after the backup: `b` changes, `c` goes, `e` comes. */
const changes = `UPDATE rkxx SET xm = '新乙', gxsj = '2026-01-02 00:00:00' WHERE sfzh = 'b';
  DELETE FROM rkxx WHERE sfzh = 'c'; INSERT INTO rkxx VALUES ('e', '戊', 5, '2026-01-02 00:00:01');`;
const changed = ["a 甲 1", "b 新乙 2", "d 丁 4", "e 戊 5"];

const modes = ["cursor", "diff", "replace", "native"] as const;
type Mode = (typeof modes)[number];

let legacy: LegacySite;
afterEach(() => legacy.close());

const begin = async (
  mode: Mode,
  adapter = mode === "native" ? feeding("sfzh").adapter : sqlite,
): Promise<void> => {
  legacy = await legacySite(
    schema,
    {
      table: "rkxx",
      columns: { resident_id: "sfzh", name: "xm", age: "nl" },
      mode,
      key: ["sfzh"],
      ...(mode === "cursor" ? { cursor: "gxsj" } : {}),
      maxDeletes: { percent: 10, rows: 1 },
    },
    person,
    adapter,
  );
  await legacy.run();
};

const copy = (): readonly string[] =>
  legacy.records().map(({ resident_id, name, age }) => [resident_id, name, age].join(" "));
const owed = (): string | undefined => legacy.site.outbox.streams()[0]?.owed?.reason;
const epochs = (): number => legacy.platform.position(stream)?.epoch ?? 0;
const stream = { site: "test-site", pipeline: person.identifier, resource: person.identifier };

describe("a platform that was restored to before it had the descriptor", () => {
  it("is given it again, and what follows it", async () => {
    await begin("diff");
    const restore = legacy.backUpPlatform();
    const later = defineResource({ ...person, version: "1.1.0" });
    legacy.platform.catalog.publish(JSON.stringify(later));
    await legacy.reconfigure({ resource: later });
    legacy.database.exec(changes);
    await legacy.run();
    restore();
    await legacy.reconfigure({});
    await legacy.run();
    assert.deepEqual(copy(), changed);
    assert.equal(legacy.platform.catalog.entry(person.identifier)?.version, "1.1.0");
  });
});

describe("a source that is another server than before", () => {
  for (const mode of ["cursor", "native"] as const)
    it(`is reconciled in mode ${mode}, since no stamp and no feed tells what it lacks (I9)`, async () => {
      let identity = "one";
      const { adapter } = feeding("sfzh");
      await begin(mode, {
        ...adapter,
        async open(options, host) {
          const source = await adapter.open(options, host);
          return {
            ...source,
            probe: async (signal) => ({ ...(await source.probe(signal)), identity }),
          };
        },
      });
      // The standby had not heard of `b` when it took over, and has all that came later.
      legacy.database.exec("DELETE FROM rkxx WHERE sfzh = 'b'; DELETE FROM feed;");
      legacy.passMs(3_600_000);
      await legacy.run();
      assert.equal(copy().length, 4);
      identity = "two";
      legacy.passMs(3_600_000);
      await legacy.run();
      assert.deepEqual(copy(), ["a 甲 1", "c 丙 3", "d 丁 4"]);
      identity = "one";
      legacy.passMs(3_600_000);
      await legacy.run();
      assert.equal(owed(), undefined, "servers behind one address are told apart once");
    });
});

describe("a descriptor that is upgraded while batches wait", () => {
  it("leaves them deliverable as they are, and has what it refused before looked at again (I1, I3)", async () => {
    await begin("diff");
    legacy.database.exec(
      "INSERT INTO rkxx VALUES ('long', '一二三四五', 5, '2026-01-02 00:00:00')",
    );
    legacy.platform.sites.ungrant("test-site", person.identifier);
    legacy.database.exec(changes);
    await legacy.run("QZ_NOT_ALLOWED");
    const { outbox } = legacy.site;
    assert.equal(outbox.quarantine.count(person.identifier), 1);
    const [waiting] = outbox.batches({ state: "sealed" });
    const wider = defineResource({
      ...person,
      version: "1.1.0",
      items: person.items.map((item) =>
        item.identifier === "name" ? { ...item, maxLength: 8 } : item,
      ),
    });
    legacy.platform.catalog.publish(JSON.stringify(wider));
    legacy.platform.sites.grant("test-site", person.identifier);
    await legacy.reconfigure({ resource: wider });
    await legacy.run();
    const arrived = legacy.site.outbox.batches().find(({ id }) => id === waiting?.id);
    assert.deepEqual([arrived?.state, arrived?.digest], ["receipted", waiting?.digest]);
    assert.equal(arrived?.manifest.version, "1.0.0");
    assert.deepEqual(copy(), [...changed, "long 一二三四五 5"]);
    assert.equal(legacy.site.outbox.quarantine.count(person.identifier), 0);
    assert.equal(epochs(), 1);
  });
});

describe("of two agents of one site", () => {
  it("the one that another has taken over from stops reading and sending, and says so", async () => {
    await begin("diff");
    const former = await legacy.backUpData();
    await legacy.loseData();
    await legacy.run();
    await former();
    const sent = legacy.sent.length;
    legacy.database.exec(changes);
    const told = (): readonly string[] =>
      siteStatus(legacy.site.config, legacy.site.outbox).issues.map(({ code }) => code);
    await legacy.run("QZ_SITE_TAKEN");
    assert.equal(told()[0], "QZ_SITE_TAKEN");
    assert.equal((await legacy.run("QZ_SITE_TAKEN")).read, 0);
    assert.equal(legacy.sent.length, sent);
    assert.equal(epochs(), 2);
    assert.equal(told()[0], "QZ_SITE_TAKEN");
  });
});

describe("without a person, after", () => {
  for (const mode of modes) {
    it(`the data directory was lost, mode ${mode} begins anew above its last position, and deletes what went meanwhile (I9)`, async () => {
      await begin(mode);
      await legacy.loseData();
      legacy.database.exec(changes);
      await legacy.run();
      await legacy.run();
      assert.deepEqual(copy(), changed);
      assert.equal(epochs(), 2);
      assert.equal(owed(), undefined);
    });

    it(`the data directory was lost and the table emptied, mode ${mode} deletes nothing that the guard has not let pass`, async () => {
      await begin(mode);
      await legacy.loseData();
      legacy.database.exec("DELETE FROM rkxx");
      await legacy.run(mode === "replace" ? "QZ_DELETE_GUARD" : undefined);
      assert.equal(copy().length, 4);
      const { issues } = siteStatus(legacy.site.config, legacy.site.outbox);
      const guard = issues.find(({ code }) => code === "QZ_DELETE_GUARD");
      assert.deepEqual([guard?.details["before"], guard?.details["deletes"]], [4, 4]);
    });

    it(`the data directory was restored from a backup, mode ${mode} overwrites nothing and converges (I3, I9)`, async () => {
      await begin(mode);
      const restore = await legacy.backUpData();
      legacy.database.exec(changes);
      await legacy.run();
      await restore();
      legacy.database.exec(
        "UPDATE rkxx SET xm = '更新', gxsj = '2026-01-03 00:00:00' WHERE sfzh = 'd'",
      );
      await legacy.run();
      await legacy.run();
      assert.deepEqual(copy(), ["a 甲 1", "b 新乙 2", "d 更新 4", "e 戊 5"]);
      assert.equal(epochs(), 2);
      assert.equal(owed(), undefined);
    });

    it(`the platform was restored from a backup, mode ${mode} sends again what is retained (I1)`, async () => {
      await begin(mode);
      const restore = legacy.backUpPlatform();
      legacy.database.exec(changes);
      await legacy.run();
      await legacy.run();
      restore();
      await legacy.reconfigure({});
      await legacy.run();
      await legacy.run();
      // In mode cursor a row that is gone shows in no poll.
      assert.deepEqual(
        copy().filter((text) => mode !== "cursor" || text !== "c 丙 3"),
        changed,
      );
      assert.equal(epochs(), 1);
    });

    it(`the platform was restored beyond what is retained, mode ${mode} reconciles (I9)`, async () => {
      await begin(mode);
      const restore = legacy.backUpPlatform();
      legacy.database.exec(changes);
      await legacy.run();
      await legacy.run();
      restore();
      legacy.passMs(24 * 3_600_000);
      while (legacy.site.outbox.batchTable.erase(Number.MAX_SAFE_INTEGER, 100) > 0);
      await legacy.run();
      await legacy.run();
      assert.deepEqual(copy(), changed);
      assert.equal(epochs(), 2);
      assert.equal(owed(), undefined);
    });

    it(`the source was restored from a backup, mode ${mode} takes back what is no longer there (I9)`, async () => {
      await begin(mode);
      legacy.database.exec(changes);
      await legacy.run();
      await legacy.run();
      legacy.database.exec(`DELETE FROM rkxx WHERE sfzh IN ('b', 'e');
        INSERT INTO rkxx VALUES ('b', '乙', 2, '2026-01-01 00:00:02'), ('c', '丙', 3, '2026-01-01 00:00:03');`);
      await legacy.run();
      await legacy.run();
      assert.deepEqual(copy(), ["a 甲 1", "b 乙 2", "c 丙 3", "d 丁 4"]);
      assert.equal(owed(), undefined);
    });
  }
});
