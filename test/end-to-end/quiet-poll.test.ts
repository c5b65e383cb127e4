import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import sqlite from "@qianzhi/adapter-sqlite";
import { defineAdapter, type Adapter } from "@qianzhi/sdk";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, gxsj DATETIME NOT NULL);
  CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);
  INSERT INTO rkxx VALUES ('a', '甲', 1, datetime('now', 'localtime', '-1 days'));`;
const pipeline = {
  table: "rkxx",
  columns: { resident_id: "sfzh", name: "xm", age: "nl" },
  mode: "cursor",
  cursor: "gxsj",
  key: ["sfzh"],
} as const;
const fiveMinutesMs = 5 * 60_000;

let asked: string[] = [];
let legacy: LegacySite;
beforeEach(async () => {
  legacy = await legacySite(schema, pipeline, person, listening());
  await legacy.run();
  await legacy.run();
  asked = [];
});
afterEach(() => legacy.close());

describe("polling a table that does not change", () => {
  it("asks the source for one page, and nothing else", async () => {
    await legacy.run();
    assert.deepEqual(asked, ["scan"]);
  });

  it("describes the table anew before a row of it is mapped", async () => {
    legacy.database.exec("ALTER TABLE rkxx RENAME COLUMN nl TO age");
    legacy.database.exec(
      "INSERT INTO rkxx VALUES ('b', '乙', 2, datetime('now', 'localtime', '-1 hours'))",
    );
    await legacy.run("QZ_SCHEMA_DRIFT");
    legacy.database.exec("ALTER TABLE rkxx RENAME COLUMN age TO nl");
    await legacy.run();
    assert.equal(legacy.records().length, 2);
  });

  it("notices within five minutes that a column is wider, and maps every row again", async () => {
    legacy.database.exec(
      `ALTER TABLE rkxx RENAME TO old;
       CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl BIGINT, gxsj DATETIME NOT NULL);
       INSERT INTO rkxx SELECT * FROM old;`,
    );
    assert.equal((await legacy.run()).read, 0);
    legacy.passMs(fiveMinutesMs);
    assert.equal((await legacy.run()).read, 1);
  });

  it("does what a person asked for at once", async () => {
    const [runner] = legacy.site.runners.values();
    assert.ok(runner);
    legacy.site.store.database
      .prepare("UPDATE pipeline SET resync = 1 WHERE name = ?")
      .run(runner.config.name);
    assert.equal((await legacy.run()).accepted, 1);
  });
});

/** SQLite, with what the agent asks of it written down. */
function listening(): Adapter {
  return defineAdapter({
    ...sqlite,
    async open(options, host) {
      const source = await (sqlite as Adapter).open(options, host);
      return {
        ...source,
        describe: (...args) => (asked.push("describe"), source.describe(...args)),
        probe: (...args) => (asked.push("probe"), source.probe(...args)),
        ...(source.scan && {
          scan: (...args: Parameters<typeof source.scan>) => (
            asked.push("scan"),
            source.scan?.(...args) as ReturnType<NonNullable<typeof source.scan>>
          ),
        }),
      };
    },
  } as Adapter);
}
