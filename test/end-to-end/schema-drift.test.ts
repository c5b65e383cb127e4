import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { checkSite, reconcilePipeline, siteStatus } from "@qianzhi/agent";
import { defineResource, describeError, type QianzhiError } from "@qianzhi/sdk";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

const modes = [
  { mode: "diff" },
  { mode: "replace" },
  { mode: "cursor", cursor: "gxsj", key: ["sfzh"] },
] as const;
const columns = { resident_id: "sfzh", name: "xm", age: "nl" };
const fiveMinutesMs = 5 * 60_000;

let legacy: LegacySite;
const begin = async (pipeline: (typeof modes)[number]): Promise<void> => {
  legacy = await legacySite(
    `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, gxsj DATETIME NOT NULL);
     CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);
     INSERT INTO rkxx VALUES ('a', '甲', 1, '2026-01-01 00:00:00'), ('b', '乙', 2, '2026-01-01 00:00:01');`,
    { table: "rkxx", columns, ...pipeline },
    person,
  );
  await legacy.run();
};
afterEach(() => legacy.close());

/** What the run said, in one language. */
const words = (error: QianzhiError | undefined, language: "en" | "zh" = "en"): string =>
  describeError(error, language).message;
const retype = (nl: string): void =>
  legacy.database.exec(
    `ALTER TABLE rkxx RENAME TO old; DROP INDEX rkxx_gxsj;
     CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl ${nl}, gxsj DATETIME NOT NULL);
     CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);
     INSERT INTO rkxx SELECT * FROM old; DROP TABLE old;`,
  );
const names = (): readonly unknown[] => legacy.records().map(({ name }) => name);

/** What a check says of the pipeline that is no note or warning. */
const checked = async (): Promise<readonly string[]> =>
  (await checkSite(legacy.site, "2026-11-30", new AbortController().signal))
    .filter(({ severity }) => severity === "problem")
    .map(({ severity, error }) => `${severity} ${error.code}`);

for (const pipeline of modes)
  describe(`a relation that changes under a pipeline in mode ${pipeline.mode}`, () => {
    beforeEach(() => begin(pipeline));

    it("may have more columns, and fewer of those that feed nothing", async () => {
      legacy.database.exec("ALTER TABLE rkxx ADD COLUMN bz TEXT DEFAULT '备注'");
      legacy.passMs(fiveMinutesMs);
      await legacy.run();
      legacy.database.exec("ALTER TABLE rkxx DROP COLUMN bz");
      legacy.passMs(fiveMinutesMs);
      await legacy.run();
      assert.deepEqual(names(), ["甲", "乙"]);
    });

    it("stops the pipeline when a column is gone, says what it was and what is new there, and goes on when it is back", async () => {
      legacy.database.exec("ALTER TABLE rkxx RENAME COLUMN xm TO xingming");
      const { error } = await legacy.run("QZ_SCHEMA_DRIFT");
      assert.equal(
        words(error),
        "rkxx is not what it was when natural_person read it last: column xm (TEXT) is gone; new there: xingming (TEXT).",
      );
      assert.match(words(error, "zh"), /列 xm（TEXT）已消失；新出现的列：xingming \(TEXT\)/);
      const { issues } = siteStatus(legacy.site.config, legacy.site.outbox);
      assert.deepEqual(
        issues.map(({ code }) => code),
        ["QZ_SCHEMA_DRIFT"],
      );
      legacy.database.exec("ALTER TABLE rkxx RENAME COLUMN xingming TO xm");
      await legacy.run();
      assert.deepEqual(siteStatus(legacy.site.config, legacy.site.outbox).issues, []);
      assert.deepEqual(names(), ["甲", "乙"]);
    });

    it("stops it when a column has a type that its item does not take as before, also after a restart, and sends nothing", async () => {
      const sent = legacy.sent.length;
      retype("TEXT");
      legacy.database.exec("UPDATE rkxx SET nl = '一', gxsj = '2026-01-02 00:00:00'");
      const { error } = await legacy.run("QZ_SCHEMA_DRIFT");
      assert.match(words(error), /: column nl: INTEGER → TEXT\.$/);
      await legacy.reconfigure({});
      await legacy.run("QZ_SCHEMA_DRIFT");
      assert.equal(legacy.sent.length, sent);
      assert.equal(legacy.site.outbox.quarantine.count(person.identifier), 0);
      legacy.database.exec("UPDATE rkxx SET nl = 7");
      retype("INTEGER");
      await legacy.run();
      assert.deepEqual(
        legacy.records().map(({ age }) => age),
        [7, 7],
      );
    });
  });

describe("a relation that changes under a pipeline", () => {
  beforeEach(() => begin(modes[0]));

  it("goes on when the mapping follows a column to its new name", async () => {
    legacy.database.exec("ALTER TABLE rkxx RENAME COLUMN xm TO xingming");
    await legacy.run("QZ_SCHEMA_DRIFT");
    await legacy.reconfigure({ columns: { ...columns, name: "xingming" } });
    await legacy.run();
    assert.deepEqual(names(), ["甲", "乙"]);
  });

  it("goes on, every row mapped anew, when the descriptor takes the new type", async () => {
    legacy.database.exec("UPDATE rkxx SET nl = '2000-01-0' || nl");
    retype("DATE");
    legacy.passMs(fiveMinutesMs);
    await legacy.run("QZ_SCHEMA_DRIFT");
    const resource = defineResource({
      ...person,
      version: "2.0.0",
      items: person.items.map((item) =>
        item.identifier === "age" ? { ...item, type: "date" as const } : item,
      ),
    });
    legacy.platform.catalog.publish(JSON.stringify(resource));
    await legacy.reconfigure({ resource });
    await legacy.run();
    assert.deepEqual(
      legacy.records().map(({ age }) => age),
      ["2000-01-01", "2000-01-02"],
    );
  });

  it("is told by a check, before the pipeline stops", async () => {
    retype("TEXT");
    assert.deepEqual(await checked(), ["problem QZ_SCHEMA_DRIFT"]);
    retype("BIGINT");
    assert.deepEqual(await checked(), []);
  });

  it("is not reconciled as what it is not", async () => {
    const [runner] = legacy.site.runners.values();
    assert.ok(runner);
    retype("TEXT");
    await assert.rejects(
      reconcilePipeline(legacy.site, runner, new AbortController().signal),
      /column nl: INTEGER → TEXT/,
    );
  });

  it("goes on when a column is made wider", async () => {
    retype("BIGINT");
    legacy.passMs(fiveMinutesMs);
    assert.equal((await legacy.run()).read, 2);
    retype("DECIMAL(12, 2)");
    legacy.passMs(fiveMinutesMs);
    assert.equal((await legacy.run()).read, 2);
    assert.deepEqual(
      legacy.records().map(({ age }) => age),
      [1, 2],
    );
  });
});

describe("a column whose type nobody has declared", () => {
  it("may be told to be of another type when it has other values", async () => {
    legacy = await legacySite(
      "CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm, nl)",
      { table: "rkxx", columns },
      person,
    );
    await legacy.run();
    legacy.database.exec("INSERT INTO rkxx VALUES ('a', '甲', 1)");
    await legacy.run();
    legacy.database.exec("UPDATE rkxx SET nl = '2'");
    await legacy.run();
    assert.deepEqual(
      legacy.records().map(({ age }) => age),
      [2],
    );
  });
});
