import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { fedTable, fedThrough, rows, type FedSite } from "../world/fed-site.ts";
import { legacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";
import { trackedServer } from "../world/tracked-server.ts";

let fed: FedSite;
let server: ReturnType<typeof trackedServer>;
afterEach(async () => {
  await fed.legacy.close();
  await server[Symbol.asyncDispose]();
});

/** A pipeline in mode native over SQL Server's change tracking, of a table of so many rows. */
async function trackedSite(count: number): Promise<void> {
  server = trackedServer();
  const legacy = await legacySite(
    `${fedTable} CREATE TABLE commits (n INTEGER); ${rows(count)};`,
    {
      table: "rkxx",
      columns: { resident_id: "sfzh", name: "xm", age: "nl" },
      key: ["sfzh"],
      pageRows: 500,
      mode: "native",
    },
    person,
    server.adapter,
  );
  fed = fedThrough(server, legacy);
}

/** Statements of one transaction. */
const commit = (sql: string): void =>
  fed.exec(`${sql}; INSERT INTO commits SELECT max(n) FROM feed`);

describe("a pipeline in mode native over SQL Server's change tracking, by the real driver", () => {
  it("reads everything once, then what was tracked: changes, deletions, changed keys", async () => {
    await trackedSite(120);
    assert.equal((await fed.legacy.run()).accepted, 120);
    const { scans } = fed.source;
    commit("UPDATE rkxx SET xm = '改' WHERE sfzh IN ('p0007', 'p0050')");
    commit("INSERT INTO rkxx (sfzh, xm) VALUES ('new', '新'), ('brief', '短')");
    commit("DELETE FROM rkxx WHERE sfzh IN ('p0008', 'brief')");
    commit("UPDATE rkxx SET sfzh = 'moved' WHERE sfzh = 'p0009'");
    assert.deepEqual([...(await fed.moved()), fed.source.scans], [4, 2, scans]);
    await fed.assertEqual();
    const { pages } = fed.source;
    assert.deepEqual(await fed.moved(), [0, 0]);
    assert.equal(fed.source.pages - pages, 1, "nothing changed: the feed is asked once");
  });

  it("follows a transaction that changed more rows than a page tells", async () => {
    await trackedSite(1_100);
    await fed.legacy.run();
    const { pages, scans } = fed.source;
    commit("UPDATE rkxx SET nl = nl + 1; DELETE FROM rkxx WHERE sfzh = 'p1100'");
    assert.deepEqual([...(await fed.moved()), fed.source.scans], [1_099, 1, scans]);
    assert.ok(fed.source.pages - pages >= 2);
    await fed.assertEqual();
  });

  it("reads everything again when what it had not read was cleaned up, and goes on from there", async () => {
    await trackedSite(60);
    await fed.legacy.run();
    commit("UPDATE rkxx SET xm = '改' WHERE sfzh = 'p0001'");
    await fed.legacy.run();
    commit("UPDATE rkxx SET xm = '丢' WHERE sfzh = 'p0002'; DELETE FROM rkxx WHERE sfzh = 'p0003'");
    commit("INSERT INTO rkxx (sfzh, xm) VALUES ('last', '末')");
    fed.exec("DELETE FROM feed WHERE n < (SELECT max(n) FROM feed)");
    const { scans } = fed.source;
    assert.deepEqual(await fed.moved(), [2, 1]);
    assert.ok(fed.source.scans > scans, "all was read");
    await fed.assertEqual();
    const again = fed.source.scans;
    commit("UPDATE rkxx SET xm = '再' WHERE sfzh = 'p0002'");
    assert.deepEqual([...(await fed.moved()), fed.source.scans], [1, 0, again]);
    await fed.assertEqual();
  });
});
