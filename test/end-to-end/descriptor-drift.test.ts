import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { checkSite, siteStatus } from "@qianzhi/agent";
import { defineResource, describeError, type ResourceDescriptor } from "@qianzhi/sdk";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

const columns = { resident_id: "sfzh", name: "xm", age: "nl" };

let legacy: LegacySite;
beforeEach(async () => {
  legacy = await legacySite(
    `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER);
     INSERT INTO rkxx VALUES ('a', '甲', 1);`,
    { table: "rkxx", columns },
    person,
  );
  await legacy.run();
});
afterEach(() => legacy.close());

const publish = (descriptor: ResourceDescriptor): void =>
  void legacy.platform.catalog.publish(JSON.stringify(descriptor));
const insert = (key: string): void =>
  legacy.database.exec(`INSERT INTO rkxx VALUES ('${key}', '乙', 2)`);
const codes = (): readonly string[] =>
  siteStatus(legacy.site.config, legacy.site.outbox).issues.map(({ code }) => code);
/** Without names, and with ages that must be there. */
const narrower = defineResource({
  ...person,
  version: "2.0.0",
  items: person.items
    .filter(({ identifier }) => identifier !== "name")
    .map((item) => (item.identifier === "age" ? { ...item, required: true } : item)),
});

describe("another version in the platform's catalog", () => {
  it("that takes all records of this one changes nothing", async () => {
    publish(
      defineResource({
        ...person,
        version: "1.1.0",
        items: [...person.items, { identifier: "tel", name: "电话", type: "string", maxLength: 9 }],
      }),
    );
    insert("b");
    await legacy.run();
    assert.deepEqual([legacy.records().length, codes()], [2, []]);
  });

  it("that does not stops the pipeline alone, in words of both languages, until its descriptor follows", async () => {
    publish(narrower);
    const signal = new AbortController().signal;
    const findings = await checkSite(legacy.site, "2026-11-30", signal);
    assert.ok(findings.some(({ error: { code } }) => code === "QZ_DESCRIPTOR_DRIFT"));
    insert("b");
    const { error } = await legacy.run("QZ_DESCRIPTOR_DRIFT");
    const { message, hint } = describeError(error, "en");
    assert.equal(
      message,
      "The catalog has natural_person 2.0.0 now, and this agent follows 1.0.0: items.name: the item name is gone; items.age.required: a value is now required.",
    );
    assert.match(hint, /http:\/\/127\.0\.0\.1:1\/v1\/catalog\/natural_person/);
    assert.match(describeError(error, "zh").message, /items\.name：删除了信息项 name；/);
    assert.deepEqual([legacy.records().length, codes()], [1, ["QZ_DESCRIPTOR_DRIFT"]]);
    await legacy.reconfigure({ resource: narrower, columns: { resident_id: "sfzh", age: "nl" } });
    await legacy.run();
    assert.deepEqual([legacy.records().length, codes()], [2, []]);
  });

  it("is known after a restart though the platform is away", async () => {
    publish(narrower);
    await legacy.run("QZ_DESCRIPTOR_DRIFT");
    await legacy.reconfigure({});
    legacy.site.target.catalogEntry = () => Promise.reject(new TypeError("away"));
    await legacy.run("QZ_DESCRIPTOR_DRIFT");
  });

  it("that is gone again lets the pipeline go on", async () => {
    publish(narrower);
    await legacy.run("QZ_DESCRIPTOR_DRIFT");
    legacy.site.target.catalogEntry = () => Promise.resolve(person);
    insert("b");
    await legacy.run();
    assert.equal(legacy.records().length, 2);
  });

  it("is none when the platform answers with something else", async () => {
    for (const answer of [{}, { ...narrower, items: "none" }, { ...narrower, identifier: "x" }]) {
      legacy.site.target.catalogEntry = () => Promise.resolve(answer as ResourceDescriptor);
      await legacy.run();
    }
  });

  it("is not asked for before the next version of this site is published", async () => {
    insert("b");
    await legacy.reconfigure({
      resource: narrower,
      columns: { resident_id: "sfzh", age: "nl" },
    });
    await legacy.run("QZ_VERSION_UNKNOWN");
  });
});
