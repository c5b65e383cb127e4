import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import {
  compareWithPlatform,
  readPipelineState,
  siteStatus,
  type Comparison,
  type PipelineReport,
} from "@qianzhi/agent";
import sqlite from "@qianzhi/adapter-sqlite";
import type { Adapter } from "@qianzhi/sdk";
import { visit } from "../world/keyless.ts";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { lister } from "../world/lister.ts";
import { person } from "../world/person.ts";
import type { PipelineOptions } from "../world/site-config.ts";

const schema = "CREATE TABLE lf (dd TEXT, rs INTEGER);";
const rows = (...values: readonly (readonly [string | null, number])[]): string =>
  `INSERT INTO lf VALUES ${values.map(([place, n]) => `(${place === null ? "NULL" : `'${place}'`}, ${n})`).join(", ")};`;
const fill = (count: number): string =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
   INSERT INTO lf SELECT '厅' || (i % 7), i / 3 FROM n;`;

let legacy: LegacySite;
afterEach(() => legacy.close());

const keyless = (
  content: string,
  more: Partial<PipelineOptions> = {},
  adapter?: Adapter,
): Promise<LegacySite> =>
  legacySite(
    schema + content,
    { table: "lf", columns: { place: "dd", persons: "rs" }, mode: "replace", ...more },
    visit,
    adapter,
  );

const copies = (): string[] =>
  legacy
    .records()
    .map((each) => JSON.stringify(each))
    .toSorted();
const quarantined = (): number => legacy.site.outbox.quarantine.count("visit");
const addsUp = ({ read, unchanged, accepted, quarantined: kept }: PipelineReport): void =>
  assert.equal(read, unchanged + accepted + kept);

function compared(name = "visit"): Promise<Comparison> {
  const runner = legacy.site.runners.get(name);
  assert.ok(runner);
  return runner.readAll(
    (run) => compareWithPlatform(run, legacy.site.target, runner.stream),
    new AbortController().signal,
  );
}

describe("a pipeline in mode replace", () => {
  it("keeps as many copies of a record as the table has rows, and shows them equal", async () => {
    legacy = await keyless(rows(["甲", 1], ["甲", 1], ["甲", 1], ["乙", 2]));
    const first = await legacy.run();
    addsUp(first);
    assert.equal(first.accepted, 4);
    assert.equal(copies().filter((each) => each.includes("甲")).length, 3);
    legacy.database.exec("DELETE FROM lf WHERE rowid = 1");
    addsUp(await legacy.run());
    assert.equal(copies().filter((each) => each.includes("甲")).length, 2);
    const { equal, differences, source, platform } = await compared();
    assert.deepEqual([equal, differences, source], [3, [], platform]);
    legacy.database.exec("DELETE FROM lf WHERE dd = '甲' AND rowid = 2");
    assert.deepEqual(
      (await compared()).differences.map(({ kind }) => kind),
      ["surplus"],
      "one copy too many is named",
    );
  });

  it("sends nothing while the content is the same, in whatever order it comes", async () => {
    legacy = await keyless(fill(500));
    await legacy.run();
    const before = legacy.sent.length;
    legacy.database.exec(
      "CREATE TABLE other AS SELECT * FROM lf ORDER BY rs DESC; DELETE FROM lf; INSERT INTO lf SELECT * FROM other",
    );
    const again = await legacy.run();
    assert.deepEqual([again.read, again.unchanged, again.batches], [500, 500, 0]);
    assert.equal(legacy.sent.length, before);
  });

  it("applies its predicates, and reads a row that comes to satisfy them", async () => {
    legacy = await keyless(rows(["甲", 1], ["乙", 2], ["丙", 3]), {
      where: "rs < 3",
      deletedWhen: "dd = '乙'",
    });
    await legacy.run();
    assert.deepEqual(copies(), ['{"persons":1,"place":"甲"}']);
    legacy.database.exec("UPDATE lf SET rs = 0 WHERE dd = '丙'");
    await legacy.run();
    assert.equal(copies().length, 2);
  });

  it("shows the platform nothing of a generation before its commit, and begins another after a crash", async () => {
    legacy = await keyless(rows(["甲", 1]));
    await legacy.run();
    legacy.database.exec(fill(50));
    // The commit is lost with the process: its place in the state is what a crash leaves.
    const { store, outbox } = legacy.site;
    const stream = { site: "test-site", pipeline: "visit", resource: "visit" };
    const seal = (step: "begin" | "part", upserts: readonly string[]) =>
      outbox.seal({
        stream,
        version: "1.0.0",
        key: [],
        deletes: [],
        upserts,
        generation: { id: "a".repeat(32), step },
      });
    await seal("begin", []);
    await seal("part", ['{"persons":9,"place":"丁"}']);
    await legacy.site.delivery.drain(new AbortController().signal).catch(() => undefined);
    assert.deepEqual(copies(), ['{"persons":1,"place":"甲"}']);
    const { batches } = await legacy.run();
    assert.equal(batches, 3);
    assert.equal(copies().length, 51);
    assert.ok(
      !copies().some((each) => each.includes("丁")),
      "what was abandoned is not swapped in",
    );
    assert.equal(readPipelineState(store, "visit").replaced?.count, 51);
  });

  it("sends everything again in a new epoch", async () => {
    legacy = await keyless(rows(["甲", 1], ["乙", 2]));
    await legacy.run();
    const stream = { site: "test-site", pipeline: "visit", resource: "visit" };
    const { instance } = legacy.site.store;
    legacy.platform.openEpoch(stream, {
      resource: "visit",
      expected: 1,
      epoch: 7,
      instance,
      nonce: "b".repeat(64),
    });
    // At its start an agent compares positions.
    await legacy.reconfigure({});
    await legacy.run();
    await legacy.run();
    const { epoch, sequence } = legacy.platform.position(stream) ?? {};
    assert.deepEqual([epoch, sequence], [8, 3], "begin, part and commit in the new epoch");
    assert.equal(legacy.site.outbox.owed(stream), undefined);
  });

  it("holds back a content that is gone, and lets it pass on approval", async () => {
    legacy = await keyless(fill(20), { maxDeletes: { percent: 10, rows: 5 } });
    await legacy.run();
    legacy.database.exec("DELETE FROM lf");
    await legacy.run("QZ_DELETE_GUARD");
    assert.equal(copies().length, 20);
    assert.equal(siteStatus(legacy.site.config, legacy.site.outbox).pipelines[0]?.state, "held");
    legacy.database.exec(fill(12));
    await legacy.run("QZ_DELETE_GUARD");
    legacy.approve(8);
    await legacy.run();
    assert.equal(copies().length, 12);
    legacy.database.exec("DELETE FROM lf WHERE rowid = 1");
    addsUp(await legacy.run());
    assert.equal(copies().length, 11, "a few may go by themselves");
  });

  it("holds back a content of which nothing can be sent", async () => {
    legacy = await keyless(rows(["甲", 1], ["乙", 2]));
    await legacy.run();
    legacy.database.exec("UPDATE lf SET dd = NULL");
    await legacy.run("QZ_DELETE_GUARD");
    assert.equal(copies().length, 2);
    legacy.database.exec("UPDATE lf SET dd = '丙'");
    await legacy.run();
    assert.equal(copies().length, 2);
    assert.equal(quarantined(), 0);
  });

  it("quarantines what cannot be mapped, once, and forgets it when it is mended", async () => {
    legacy = await keyless(rows(["甲", 1], [null, 2], ["太长的地点名称超出", 3]));
    const first = await legacy.run();
    addsUp(first);
    assert.equal(first.quarantined, 2);
    addsUp(await legacy.run());
    assert.equal(quarantined(), 2);
    legacy.database.exec("UPDATE lf SET dd = '乙' WHERE dd IS NULL");
    addsUp(await legacy.run());
    assert.equal(quarantined(), 1);
    assert.equal(copies().length, 2);
  });

  it("leaves out what the platform refuses, names it, and closes it when another content replaces it", async () => {
    legacy = await keyless(fill(30));
    const refused = '{"persons":0,"place":"厅1"}';
    legacy.platform.behaviour.set({ refuseKeys: [refused] });
    const { accepted } = await legacy.run();
    assert.deepEqual([accepted, copies().length, quarantined()], [29, 29, 1]);
    legacy.database.exec("DELETE FROM lf WHERE dd = '厅1' AND rs = 0");
    await legacy.run();
    assert.deepEqual([copies().length, quarantined()], [29, 0]);
  });

  it("keeps the platform's copy when too many are refused, says so, and does not send the same again", async () => {
    legacy = await keyless(fill(20), { maxDeletes: { percent: 10, rows: 2 } });
    await legacy.run();
    const before = copies();
    legacy.database.exec("UPDATE lf SET rs = rs + 100");
    legacy.platform.behaviour.set({ refuseEvery: 4 });
    const { error } = await legacy.run("QZ_GENERATION_ABORTED");
    assert.deepEqual([error?.details["count"], error?.details["refused"]], [20, 5]);
    assert.deepEqual(copies(), before);
    const { issues } = siteStatus(legacy.site.config, legacy.site.outbox);
    assert.ok(issues.some(({ code }) => code === "QZ_GENERATION_ABORTED"));
    const sent = legacy.sent.length;
    await legacy.run("QZ_GENERATION_ABORTED");
    assert.equal(legacy.sent.length, sent);
    legacy.platform.behaviour.set({});
    legacy.database.exec("UPDATE lf SET rs = rs + 1");
    await legacy.run();
    assert.deepEqual([copies().length, quarantined()], [20, 0]);
  });

  it("sends the same content again when records of it were refused for the time being", async () => {
    legacy = await keyless(rows(["甲", 1], ["乙", 2]));
    legacy.platform.behaviour.set({ refuseKeys: ['{"persons":2,"place":"乙"}'], temporary: true });
    await legacy.run();
    legacy.platform.behaviour.set({});
    await legacy.run();
    assert.equal(copies().length, 1);
    legacy.passMs(16 * 60_000);
    await legacy.run();
    assert.deepEqual([copies().length, quarantined()], [2, 0]);
  });

  it("sends nothing to a platform that offers no generations", async () => {
    legacy = await keyless(rows(["甲", 1]));
    legacy.platform.behaviour.set({ noGenerations: true });
    await legacy.run("QZ_GENERATIONS_UNSUPPORTED");
    await legacy.run("QZ_GENERATIONS_UNSUPPORTED");
    assert.deepEqual(legacy.sent, []);
  });

  it("says so where the source cannot list", async () => {
    const scanning: Adapter = {
      ...sqlite,
      async open(...args: Parameters<Adapter["open"]>) {
        const { list: _, ...source } = await (sqlite as Adapter).open(...args);
        return source;
      },
    };
    legacy = await keyless(rows(["甲", 1]), {}, scanning);
    await legacy.run("QZ_READ_UNSUPPORTED");
  });

  it("refuses both rows of one record key, however far apart, and takes them when they are told apart", async () => {
    const record = (id: string, age: number) => ({ sfzh: id, xm: "甲", nl: age });
    const listed = lister([
      ...Array.from({ length: 1200 }, (_, n) => record(`p${n}`, n)),
      record("p1", 5),
    ]);
    const columns = { resident_id: "sfzh", name: "xm", age: "nl" };
    legacy = await legacySite(
      "",
      { table: "rkxx", columns, mode: "replace" },
      person,
      listed.adapter,
    );
    const { quarantined: kept, accepted } = await legacy.run();
    assert.deepEqual([kept, accepted], [2, 1199]);
    const { equal, differences, source, platform } = await compared("natural_person");
    assert.deepEqual([equal, source], [1199, platform]);
    assert.deepEqual(
      differences.map(({ kind, reasons }) => [kind, reasons[0]?.code]),
      Array.from({ length: 2 }, () => ["refused", "QZ_KEY_COLLISION"]),
    );
    listed.rows = listed.rows.map((row, at) => (at === 1200 ? { ...row, sfzh: "q" } : row));
    await legacy.run();
    assert.equal(legacy.platform.resourceDigest("natural_person").count, 1201);
    assert.equal(legacy.site.outbox.quarantine.count("natural_person"), 0);
    assert.equal((await compared("natural_person")).equal, 1201);
  });
});
