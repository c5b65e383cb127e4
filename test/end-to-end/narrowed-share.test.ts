import assert from "node:assert/strict";
import { test } from "node:test";
import { defineResource } from "@qianzhi/sdk";
import { legacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";

const schema = `CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER);
  INSERT INTO rkxx VALUES ('a', '甲', 7341);`;
const pipeline = {
  table: "rkxx",
  columns: { resident_id: "sfzh", name: "xm", age: "nl" },
  mode: "diff",
  key: ["sfzh"],
} as const;
const withoutAge = (version: string) =>
  defineResource({
    ...person,
    version,
    items: person.items.map((item) =>
      item.identifier === "age" ? { ...item, share: "none" as const } : item,
    ),
  });

test("I5: a batch that waits does not leave with an item that is no longer shared; its rows are sealed again without it", async () => {
  const legacy = await legacySite(schema, pipeline, person);
  try {
    legacy.platform.sites.ungrant("test-site", person.identifier);
    await legacy.run("QZ_NOT_ALLOWED");
    const attempts = legacy.sent.length;
    const narrower = withoutAge("2.0.0");
    legacy.platform.catalog.publish(JSON.stringify(narrower));
    legacy.platform.sites.grant("test-site", person.identifier);
    await legacy.reconfigure({
      resource: narrower,
      columns: { resident_id: "sfzh", name: "xm" },
    });
    await legacy.run();
    await legacy.run();
    assert.doesNotMatch(legacy.sent.slice(attempts).join(""), /7341/);
    assert.deepEqual(legacy.records(), [{ name: "甲", resident_id: "a" }]);
  } finally {
    await legacy.close();
  }
});

test("I5: a record that cannot be sent again is withdrawn with the item that it may not hold any more", async () => {
  const legacy = await legacySite(
    `${schema} INSERT INTO rkxx VALUES ('b', '乙', 5200)`,
    { ...pipeline, maxDeletes: { percent: 10, rows: 5 } },
    person,
  );
  try {
    await legacy.run();
    legacy.database.exec("UPDATE rkxx SET xm = '太长的名字' WHERE sfzh = 'a'");
    await legacy.run();
    assert.equal(legacy.records().length, 2, "what is refused keeps the version before");
    const narrower = withoutAge("2.0.0");
    legacy.platform.catalog.publish(JSON.stringify(narrower));
    await legacy.reconfigure({
      resource: narrower,
      columns: { resident_id: "sfzh", name: "xm" },
    });
    await legacy.run();
    assert.deepEqual(legacy.records(), [{ name: "乙", resident_id: "b" }]);
    legacy.database.exec("UPDATE rkxx SET xm = '更长的名字' WHERE sfzh = 'b'");
    await legacy.run();
    assert.equal(legacy.records().length, 1, "from then on a version is kept as before");
  } finally {
    await legacy.close();
  }
});

test("an item that is shared no more takes a new version", async () => {
  const legacy = await legacySite(schema, pipeline, person);
  const narrow = (version: string) =>
    legacy.reconfigure({
      resource: withoutAge(version),
      columns: { resident_id: "sfzh", name: "xm" },
    });
  await legacy.run();
  await assert.rejects(narrow(person.version), /already has natural_person 1\.0\.0/);
  await narrow("2.0.0");
  await legacy.close();
});
