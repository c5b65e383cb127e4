import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import sqlite from "@qianzhi/adapter-sqlite";
import { siteStatus, writePipelineState } from "@qianzhi/agent";
import { defineResource, type ResourceDescriptor, type Share } from "@qianzhi/sdk";
import { feedOf, feeding } from "../world/feeding.ts";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, gxsj TEXT NOT NULL);
  CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh); ${feedOf("sfzh")}
  INSERT INTO rkxx VALUES ('a', '甲', 1, '2026-01-01 00:00:01'), ('b', '乙', 2, '2026-01-01 00:00:02');`;
const more = "INSERT INTO rkxx VALUES ('c', '丙', 3, '2026-01-02 00:00:00')";

const shared = (version: string, share: Share): ResourceDescriptor =>
  defineResource({ ...person, version, share });
const renewed = shared("3.0.0", { type: "unconditional" });
const ended = shared("2.0.0", { type: "none", basis: "停止共享" });

let legacy: LegacySite;
afterEach(() => legacy.close());

async function begin(
  mode: "cursor" | "diff" | "replace" | "native",
  resource: ResourceDescriptor = person,
): Promise<void> {
  legacy = await legacySite(
    schema,
    {
      table: "rkxx",
      columns: { resident_id: "sfzh", name: "xm", age: "nl" },
      mode,
      key: ["sfzh"],
      ...(mode === "cursor" ? { cursor: "gxsj" } : {}),
    },
    resource,
    mode === "native" ? feeding("sfzh").adapter : sqlite,
  );
  await legacy.run();
  assert.equal(legacy.records().length, 2);
}

const publish = (resource: ResourceDescriptor): void =>
  void legacy.platform.catalog.publish(JSON.stringify(resource));
const kinds = (): readonly string[] =>
  legacy.site.outbox.ledger.list({ limit: 1_000 }).map(({ kind }) => kind);
const status = () => siteStatus(legacy.site.config, legacy.site.outbox);
/** Seals a row that cannot be delivered now. */
async function sealMore(): Promise<void> {
  const name = person.identifier;
  legacy.platform.sites.ungrant("test-site", name);
  legacy.database.exec(more);
  await legacy.run("QZ_NOT_ALLOWED");
  legacy.platform.sites.grant("test-site", name);
  // A stream that was refused rests for a quarter of an hour.
  legacy.passMs(20 * 60_000);
}

describe("a share that ends", () => {
  for (const mode of ["cursor", "diff", "replace", "native"] as const)
    it(`by the catalog: mode ${mode} voids what waits, has what was sent withdrawn, and begins anew when it is renewed (I5, I9)`, async () => {
      await begin(mode);
      await sealMore();
      const sent = legacy.sent.length;
      publish(ended);
      await legacy.run("QZ_POLICY_WITHHELD");
      assert.deepEqual(legacy.records(), []);
      assert.doesNotMatch(legacy.sent.slice(sent).join(""), /丙/);
      const voided = legacy.site.outbox.batches({ state: "voided" });
      assert.ok(voided.length > 0);
      assert.ok(
        voided.every(({ reason, manifest }) => reason !== undefined && manifest.epoch === 1),
      );
      assert.ok(kinds().includes("withheld"));
      assert.ok(kinds().includes("withdrawn"));
      assert.equal(legacy.site.outbox.streams()[0]?.owed, undefined);
      const [pipeline] = status().pipelines;
      assert.ok(typeof pipeline?.withdrawal?.doneAt === "string");

      const quiet = legacy.sent.length;
      assert.equal((await legacy.run("QZ_POLICY_WITHHELD")).read, 0);
      assert.equal(legacy.sent.length, quiet, "what is withdrawn is not withdrawn again");
      const erased = legacy.site.outbox.batches({ state: "voided" });
      assert.ok(erased.every(({ storedBytes }) => storedBytes === 0));

      publish(renewed);
      await legacy.reconfigure({ resource: renewed });
      await legacy.run();
      await legacy.run();
      assert.equal(legacy.records().length, 3);
      assert.equal(status().pipelines[0]?.withdrawal, null);
      assert.equal(status().verdict, "ok");
    });

  it("lets go of the quarantine, since nothing tells any more when a refused row is gone", async () => {
    await begin("diff");
    legacy.database.exec("INSERT INTO rkxx VALUES ('x', NULL, 1, '2026-01-02 00:00:00')");
    await legacy.run();
    assert.equal(legacy.site.outbox.quarantine.count(person.identifier), 1);
    publish(ended);
    await legacy.run("QZ_POLICY_WITHHELD");
    legacy.database.exec("DELETE FROM rkxx WHERE sfzh = 'x'");
    publish(renewed);
    await legacy.reconfigure({ resource: renewed });
    await legacy.run();
    assert.equal(legacy.site.outbox.quarantine.count(person.identifier), 0);
  });

  it("by its last day: withdraws without being told by anybody", async () => {
    const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    await begin("diff", shared("1.0.0", { type: "unconditional", until: day }));
    legacy.passMs(24 * 3_600_000);
    await legacy.run("QZ_POLICY_WITHHELD");
    assert.deepEqual(legacy.records(), []);
  });

  it("by a descriptor of the site that is not published: withdraws all the same", async () => {
    await begin("diff");
    await legacy.reconfigure({ resource: ended });
    await legacy.run("QZ_POLICY_WITHHELD");
    assert.deepEqual(legacy.records(), []);
  });

  it("unheard of by the site: what the platform refuses is voided, not sent again, and withdrawn", async () => {
    await begin("diff");
    publish(ended);
    legacy.hideCatalog(true);
    legacy.database.exec(more);
    await legacy.run();
    const sent = legacy.sent.length;
    await legacy.run("QZ_POLICY_WITHHELD");
    await legacy.run("QZ_POLICY_WITHHELD");
    assert.doesNotMatch(legacy.sent.slice(sent).join(""), /丙/);
    assert.deepEqual(legacy.records(), []);
    legacy.hideCatalog(false);
    publish(renewed);
    await legacy.reconfigure({ resource: renewed });
    await legacy.run();
    assert.equal(legacy.records().length, 3);
  });

  it("of a pipeline that is paused: withdraws all the same", async () => {
    await begin("diff");
    writePipelineState(legacy.site.store, person.identifier, { paused: true });
    publish(ended);
    await legacy.run();
    assert.deepEqual(legacy.records(), []);
  });

  it("at a platform without generations: has every key deleted that the platform lists", async () => {
    await begin("diff");
    legacy.platform.behaviour.set({ noGenerations: true });
    await legacy.reconfigure({});
    publish(ended);
    await legacy.run("QZ_POLICY_WITHHELD");
    await legacy.run("QZ_POLICY_WITHHELD");
    assert.deepEqual(legacy.records(), []);
  });

  it("is withdrawn again from a platform that was restored", async () => {
    await begin("diff");
    const restore = legacy.backUpPlatform();
    publish(ended);
    await legacy.run("QZ_POLICY_WITHHELD");
    restore();
    publish(ended);
    assert.equal(legacy.records().length, 2);
    await legacy.reconfigure({});
    await legacy.run("QZ_POLICY_WITHHELD");
    await legacy.run("QZ_POLICY_WITHHELD");
    assert.deepEqual(legacy.records(), []);
  });

  it("stays ended for a platform that was restored to before it ended", async () => {
    await begin("diff");
    const restore = legacy.backUpPlatform();
    publish(ended);
    await legacy.run("QZ_POLICY_WITHHELD");
    restore();
    const sent = legacy.sent.length;
    await legacy.reconfigure({});
    legacy.database.exec(more);
    assert.equal((await legacy.run("QZ_POLICY_WITHHELD")).read, 0);
    assert.doesNotMatch(legacy.sent.slice(sent).join(""), /"op":"upsert"/);
  });

  it("is noticed by an agent with an empty data directory, too", async () => {
    await begin("diff");
    publish(ended);
    await legacy.loseData();
    await legacy.run("QZ_POLICY_WITHHELD");
    await legacy.run("QZ_POLICY_WITHHELD");
    assert.deepEqual(legacy.records(), []);
  });
});
