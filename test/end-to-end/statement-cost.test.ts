import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Adapter } from "@qianzhi/sdk";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";
import { sqliteWith } from "../world/sqlite-with.ts";

const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, gxsj DATETIME NOT NULL);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
  INSERT INTO rkxx SELECT 'p' || i, '甲', i % 10000, '2020-01-01 00:00:00' FROM n;`;
/** Few of many rows are sent: the cost is that of finding them. */
const SHARED_ROWS = 10;
const pipeline = {
  table: "rkxx",
  columns: { resident_id: "sfzh", name: "xm", age: "nl" },
  mode: "cursor",
  cursor: "gxsj",
  key: ["sfzh"],
  where: "nl = 0",
  pageRows: 50_000,
} as const;

let legacy: LegacySite;
beforeEach(async () => {
  legacy = await legacySite(schema, pipeline, person);
});
afterEach(() => legacy.close());

describe("a pipeline that would scan a large table at every poll", () => {
  it("is refused before a row is read, with the index that it needs, and runs when the index is there", async () => {
    const { read, error } = await legacy.run("QZ_FULL_SCAN");
    assert.equal(read, 0);
    assert.match(
      error?.hint ?? "",
      /CREATE INDEX `qz_rkxx_gxsj_sfzh` ON `rkxx` \(`gxsj`, `sfzh`\);/,
    );
    legacy.database.exec("CREATE INDEX by_stamp ON rkxx (gxsj, sfzh)");
    assert.equal((await legacy.run()).accepted, SHARED_ROWS);
  });

  it("goes on when the source thinks only another load would be dear", async () => {
    await legacy.close();
    const estimate = { isDear: false };
    legacy = await legacySite(schema, pipeline, person, sqliteThinking(estimate));
    legacy.database.exec("CREATE INDEX by_stamp ON rkxx (gxsj, sfzh)");
    assert.equal((await legacy.run()).accepted, SHARED_ROWS);
    estimate.isDear = true;
    // A new process asks again.
    await legacy.reconfigure({});
    await legacy.run();
    await legacy.reconfigure({ where: "nl = 2" });
    await legacy.run("QZ_FULL_SCAN");
  });

  it("runs when the operator has said so", async () => {
    await legacy.reconfigure({ allowFullScan: true });
    assert.equal((await legacy.run()).accepted, SHARED_ROWS);
  });
});

/** SQLite, whose estimate of a page from the start of the table may go wrong. */
const sqliteThinking = (estimate: { readonly isDear: boolean }): Adapter =>
  sqliteWith((source) => ({
    cost: async (request, signal) =>
      estimate.isDear && request.from === undefined
        ? { rows: 1_000_000, index: null, sorts: true }
        : source.cost!(request, signal),
  }));
