import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { lister, type ListedRow } from "../world/lister.ts";
import { person } from "../world/person.ts";
import type { PipelineOptions } from "../world/site-config.ts";

const columns = { resident_id: "sfzh", name: "xm", age: "nl" };
const personAt = (count: number, at: number): ListedRow => ({
  sfzh: `p${String((at * 7919) % count).padStart(6, "0")}`,
  xm: `名${at % 90}`,
  nl: at % 90,
});
const people = (count: number): readonly ListedRow[] =>
  Array.from({ length: count }, (_, at) => personAt(count, at));

let legacy: LegacySite;
afterEach(() => legacy.close());

async function siteOf(
  source: ReturnType<typeof lister>,
  change: Partial<PipelineOptions> = {},
): Promise<LegacySite> {
  legacy = await legacySite(
    "",
    { table: "rkxx", columns, key: ["sfzh"], pageRows: 100, ...change },
    person,
    source.adapter,
  );
  return legacy;
}

/** Names of what is staged, or left of it. */
const staged = (): readonly string[] => {
  try {
    return readdirSync(join(legacy.site.config.dataDirectory, "staging"));
  } catch {
    return [];
  }
};

describe("a source that can only list, in mode diff", () => {
  it("has its insertions, changes and deletions sealed, and an unchanged listing seals nothing", async () => {
    const source = lister(people(934));
    await siteOf(source);
    await legacy.run();
    assert.equal(legacy.platform.resourceDigest("natural_person").count, 934);
    const again = await legacy.run();
    assert.deepEqual([again.batches, again.unchanged, source.listings], [0, 934, 2]);
    source.rows = [
      { sfzh: "new", xm: "新", nl: 1 },
      ...people(934)
        .filter(({ sfzh }) => sfzh !== "p000007")
        .map((row) => (row["sfzh"] === "p000008" ? { ...row, xm: "改" } : row))
        .toReversed(),
    ];
    const changed = await legacy.run();
    assert.deepEqual([changed.accepted, changed.deleted], [3, 1]);
    const copy = new Map(
      legacy.records().map(({ resident_id, name }) => [resident_id, name] as const),
    );
    assert.deepEqual(
      [copy.size, copy.get("new"), copy.get("p000008"), copy.has("p000007")],
      [934, "新", "改", false],
    );
    assert.deepEqual(staged(), []);
  });

  it("quarantines two rows with one record key, and sends the one that is left", async () => {
    const source = lister(people(50));
    // The source's key is the name; the record's is the number.
    source.rows = people(50).map((row, at) => ({ ...row, xm: `${at}` }));
    await siteOf(source, { key: ["xm"] });
    await legacy.run();
    const before = source.rows;
    source.rows = [...before, { ...before[7]!, xm: "另" }];
    await legacy.run();
    assert.equal(legacy.site.outbox.quarantine.count("natural_person"), 2);
    source.rows = source.rows.filter(({ xm }) => xm !== "7");
    await legacy.run();
    await legacy.run();
    assert.equal(legacy.site.outbox.quarantine.count("natural_person"), 0);
    const { sfzh } = before[7]!;
    assert.equal(legacy.records().find((each) => each["resident_id"] === sfzh)?.["name"], "另");
    assert.equal(legacy.records().length, 50);
  });

  it("seals no deletion of a row that is absent from one of two listings", async () => {
    const source = lister(people(50));
    await siteOf(source);
    await legacy.run();
    const all = people(50);
    source.beforePage = (listing) => {
      source.rows = listing === 2 ? all.slice(1) : all;
    };
    const { deleted } = await legacy.run();
    assert.deepEqual([deleted, source.listings], [0, 3]);
    assert.equal(legacy.platform.resourceDigest("natural_person").count, 50);
    source.beforePage = () => undefined;
    source.rows = all;
    assert.equal((await legacy.run()).deleted, 0);
    assert.equal(legacy.platform.resourceDigest("natural_person").count, 50);
  });

  it("seals nothing when a listing ends early with an error, the confirming one included", async () => {
    const source = lister(people(2_000));
    await siteOf(source);
    await legacy.run();
    source.rows = people(2_000)
      .slice(1)
      .map((row) => ({ ...row, nl: 99 }));
    const failOnPage3 = (isBroken: (listing: number) => boolean): void => {
      source.listings = 0;
      source.beforePage = (listing, page) => {
        if (isBroken(listing) && page === 3) throw new QianzhiError("QZ_QUERY_FAILED", {});
      };
    };
    failOnPage3(() => true);
    const cut = await legacy.run("QZ_QUERY_FAILED");
    assert.deepEqual([cut.batches, cut.deleted], [0, 0]);
    failOnPage3((listing) => listing === 2);
    const unconfirmed = await legacy.run("QZ_QUERY_FAILED");
    assert.deepEqual([unconfirmed.accepted, unconfirmed.deleted], [1_999, 0]);
    assert.equal(legacy.platform.resourceDigest("natural_person").count, 2_000);
    source.beforePage = () => undefined;
    assert.equal((await legacy.run()).deleted, 1);
    assert.deepEqual(staged(), []);
  });

  it("holds the deletions of an empty listing until they are approved", async () => {
    const source = lister(people(300));
    await siteOf(source);
    await legacy.run();
    source.rows = [];
    await legacy.run("QZ_DELETE_GUARD");
    assert.equal(legacy.platform.resourceDigest("natural_person").count, 300);
    legacy.approve(300);
    assert.equal((await legacy.run()).deleted, 300);
  });

  it("names a key that two rows have, and seals nothing of that listing", async () => {
    const source = lister([...people(700), { sfzh: "p000003", xm: "另", nl: 1 }]);
    await siteOf(source);
    const { error, batches } = await legacy.run("QZ_KEY_NOT_UNIQUE");
    assert.deepEqual(
      [batches, error?.details["key"], error?.details["name"]],
      [0, ["sfzh"], "rkxx"],
    );
    assert.ok(!error?.message.includes("p000003"));
  });

  it("quarantines a row without key, whatever the source says of NULL", async () => {
    const source = lister([...people(5), { sfzh: null, xm: "无", nl: 1 }]);
    await siteOf(source);
    assert.equal((await legacy.run()).quarantined, 1);
    assert.equal(legacy.platform.resourceDigest("natural_person").count, 5);
    source.rows = people(5);
    await legacy.run();
    assert.equal(legacy.site.outbox.quarantine.count("natural_person"), 0);
  });

  it("is told apart from one that can be polled or filtered", async () => {
    await siteOf(lister(people(5)), { mode: "cursor", cursor: "nl", where: "nl > 1" });
    const { error } = await legacy.run("QZ_READ_UNSUPPORTED");
    assert.deepEqual(error?.details["feature"], ["mode: cursor", "where"]);
  });
});

describe("the staged copy of a listing", () => {
  it("shows nothing of the rows on the disk", async () => {
    const source = lister(people(1_500));
    await siteOf(source);
    let seen = 0;
    source.beforePage = (_, page) => {
      if (page < 2) return;
      for (const name of staged()) {
        const path = join(legacy.site.config.dataDirectory, "staging", name);
        const bytes = readFileSync(path, "latin1");
        assert.ok(
          !bytes.includes("p000001") && !bytes.includes(Buffer.from("名1").toString("latin1")),
        );
        seen += bytes.length;
      }
    };
    await legacy.run();
    assert.ok(seen > 0, "there was a copy to look at");
  });

  it("stays within the outbox's limit", async () => {
    const source = lister(people(1_000));
    await siteOf(source);
    Object.assign(legacy.site.store.limits, { maxBytes: 20_000 });
    const { batches } = await legacy.run("QZ_OUTBOX_FULL");
    assert.deepEqual([batches, staged()], [0, []]);
  });

  it("is removed at the start when a killed agent left it", async () => {
    await siteOf(lister(people(5)));
    const folder = join(legacy.site.config.dataDirectory, "staging");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "left.db"), "x");
    await legacy.reconfigure({});
    assert.deepEqual(staged(), []);
  });
});
