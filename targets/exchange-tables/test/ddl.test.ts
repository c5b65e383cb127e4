import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { QianzhiError, type Item, type ResourceDescriptor } from "@qianzhi/sdk";
import { dialects, expectedType } from "../src/column-type.ts";
import { printDdl } from "../src/ddl.ts";
import { readProfile } from "../src/read-profile.ts";
import { person } from "./tables-bed.ts";

const disk = { directory: ".", read: (path: string) => readFile(path, "utf8") };
const account = { user: "qianzhi", engine: "mysql" } as const;

test("the tables are printed as they were reviewed, in every dialect", async () => {
  const profile = await readProfile("department", disk, "p50");
  for (const dialect of dialects) {
    const file = new URL(`../../test/golden/${dialect}.sql`, import.meta.url);
    assert.equal(
      printDdl(profile, account, [person], dialect),
      await readFile(file, "utf8"),
      dialect,
    );
  }
});

test("what nobody has run says so", async () => {
  const profile = await readProfile("national", disk, "p50");
  for (const dialect of dialects)
    assert.equal(
      /not run/.test(printDdl(profile, account, [person], dialect)),
      dialect === "mssql" || dialect === "oracle",
    );
});

test("a name in the catalog cannot end its quotation", async () => {
  const profile = await readProfile("national", disk, "p50");
  const [first, ...items] = person.items;
  const resource = {
    ...person,
    name: "it's\\",
    items: [{ ...first!, name: "a'; DROP TABLE x; --\n" }, ...items],
  };
  const ddl = printDdl(profile, account, [resource]);
  assert.match(ddl, /COMMENT='it''s '/);
  assert.match(ddl, /COMMENT 'a''; DROP TABLE x; -- '/);
});

test("an item of a profile's own column, a resource without key and an unknown dialect are refused", async () => {
  const profile = await readProfile("national", disk, "p50");
  const [first, ...items] = person.items;
  const refused = (code: string, resource: ResourceDescriptor, dialect?: string) =>
    assert.throws(
      () => printDdl(profile, account, [resource], dialect),
      (error: unknown) => QianzhiError.is(error) && error.code === code,
    );
  refused("QZ_TARGET_COLUMN_TWICE", {
    ...person,
    items: [first!, { ...items[0]!, identifier: "id" }],
  });
  refused("QZ_TARGET_NO_KEY", { ...person, key: [] });
  refused("QZ_USAGE", person, "db2");
});

test("a column holds every value that its item allows", () => {
  const item = (rest: Partial<Item>): Item => ({
    identifier: "i",
    name: "i",
    type: "integer",
    ...rest,
  });
  const cases: readonly (readonly [Item, string, string])[] = [
    [item({}), "BIGINT", "BIGINT"],
    [item({ maximum: "99999999999999999999" }), "DECIMAL(20,0)", "NUMERIC(20,0)"],
    [item({ type: "decimal", precision: 70, scale: 2 }), "VARCHAR(400)", "NUMERIC(70,2)"],
    [item({ type: "datetime", fraction: 9 }), "VARCHAR(35)", "VARCHAR(35)"],
    [item({ type: "string", maxLength: 5000 }), "LONGTEXT", "VARCHAR(5000)"],
    [item({ type: "text" }), "LONGTEXT", "TEXT"],
  ];
  for (const [each, mysql, postgres] of cases)
    assert.deepEqual(
      [expectedType(each, "mysql"), expectedType(each, "postgres")],
      [mysql, postgres],
    );
});
