import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { reconcilePipeline, type ReconciliationOutcome } from "@qianzhi/agent";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

const rows = 130_000;
/** More than are looked into one by one. */
const lost = 110_000;

const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, mj INTEGER DEFAULT 0, zx INTEGER DEFAULT 0, gxsj DATETIME);
  CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO rkxx SELECT printf('%018d', i), '名', i % 90, 0, 0, datetime('now', 'localtime', '-1 days') FROM n;`;
const shared = {
  table: "rkxx",
  columns: { resident_id: "sfzh", name: "xm", age: "nl" },
  key: ["sfzh"],
  pageRows: 5_000,
};
const cursor = {
  ...shared,
  mode: "cursor",
  cursor: "gxsj",
  maxDeletes: { percent: 1, rows: 50 },
} as const;
const diff = { ...shared, mode: "diff" } as const;

let legacy: LegacySite;
afterEach(() => legacy.close());

describe("a reconciliation of more differences than are looked into one by one", () => {
  for (const [mode, pipeline] of Object.entries({ cursor, diff }))
    it(`I9: sends everything again in mode ${mode}, and deletes afterwards what is left over`, async () => {
      legacy = await legacySite(schema, pipeline, person);
      const { site, platform, database } = legacy;
      const loseKeys = Array.from({ length: lost }, (_, at) =>
        JSON.stringify({ resident_id: String(at + 1).padStart(18, "0") }),
      );
      platform.behaviour.set({ loseKeys });
      await legacy.run();
      platform.behaviour.set({});
      // Of the last rows some are gone from the source in silence: in mode cursor only the comparison sees it.
      database.exec(`DELETE FROM rkxx WHERE sfzh > printf('%018d', ${rows - 20})`);
      const outcomes: ReconciliationOutcome[] = [];
      for (let round = 0; round < 4; round += 1) {
        const runner = site.runners.get(person.identifier)!;
        outcomes.push(await reconcilePipeline(site, runner, new AbortController().signal));
        await legacy.run();
      }
      const [first] = outcomes;
      assert.equal(first?.isResent, true);
      assert.equal(first?.digests?.platform.count, rows - lost);
      const last = outcomes.at(-1)!;
      assert.deepEqual(
        [last.isPart, last.rows, last.equal, last.keys],
        [false, rows - 20, rows - 20, []],
      );
      assert.deepEqual(last.digests?.platform, last.digests?.source);
    });
});
