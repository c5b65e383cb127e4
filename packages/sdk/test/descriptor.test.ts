import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  compileResource,
  defineResource,
  parseDescriptor,
  readDescriptor,
  type RecordOf,
} from "../src/index.ts";

const good = `apiVersion: qianzhi/v1
kind: Resource
code: 307001001/000017
identifier: natural_person
name: 自然人基本信息
version: 1.2.0
provider: { name: 样例局, code: 91350100M000100Y43 }
share: { type: conditional, condition: 仅限行政审批核验 }
updateCycle: daily
key: [resident_id]
items:
  - { identifier: resident_id, name: 公民身份号码, type: string, maxLength: 18, format: resident-id }
  - { identifier: sex, name: 性别, type: string, codes: GB/T 2261.1 }
  - { identifier: income, name: 年收入, type: decimal, precision: 14, scale: 2, share: none }
`;

/** `line:column path message` of every error of the good descriptor with one text replaced. */
function errors(from: string, to: string): readonly string[] {
  assert.ok(good.includes(from), from);
  return readDescriptor(good.replace(from, to), "person.yaml").errors.map(
    ({ line, column, path, message }) => `${line}:${column} ${path} ${message}`,
  );
}

describe("a descriptor in YAML", () => {
  test("is read as it stands", () => {
    const descriptor = parseDescriptor(good, "person.yaml");
    assert.equal(descriptor.code, "307001001/000017");
    assert.equal(descriptor.items.length, 3);
    assert.deepEqual(parseDescriptor(JSON.stringify(descriptor), "person.json"), descriptor);
  });

  test("gets every error at once, each with its place, in the order of the file", () => {
    const text = good
      .replace("1.2.0", "1.2")
      .replace("maxLength: 18", "maxLenght: 18")
      .replace("[resident_id]", "[residentid]")
      .replace("updateCycle: daily", "updateCycle: dialy")
      .replace("scale: 2", "scale: 15");
    const found = readDescriptor(text, "person.yaml").errors;
    assert.deepEqual(
      found.map(({ file, line, column, path }) => `${file}:${line}:${column} ${path}`),
      [
        "person.yaml:6:10 version",
        "person.yaml:9:14 updateCycle",
        "person.yaml:10:7 key.0",
        "person.yaml:12:60 items.0.maxLenght",
        "person.yaml:14:75 items.2.scale",
      ],
    );
    assert.match(found[3]?.message ?? "", /did you mean maxLength\?/);
    assert.match(found[3]?.zh ?? "", /是否应为 maxLength？/);
    assert.throws(
      () => parseDescriptor(text, "person.yaml"),
      (error: { code: string; details: { problems: unknown[] } }) =>
        error.code === "QZ_CONFIG_INVALID" && error.details.problems.length === 5,
    );
  });

  for (const [what, from, to, expected] of [
    [
      "a key item that is not shared",
      "key: [resident_id]",
      "key: [income]",
      /key\.0 income may not be shared/,
    ],
    ["a key item twice", "key: [resident_id]", "key: [sex, sex]", /key\.1 sex stands twice/],
    [
      "an identifier twice",
      "identifier: sex",
      "identifier: resident_id",
      /items\.1\.identifier .*twice/,
    ],
    [
      "an identifier that is no name",
      "identifier: sex",
      "identifier: Sex",
      /items\.1\.identifier begins with a small letter/,
    ],
    [
      "an identifier that every object has",
      "identifier: sex",
      "identifier: constructor",
      /items\.1\.identifier/,
    ],
    [
      "a conditional share without condition",
      ", condition: 仅限行政审批核验",
      "",
      /share condition is missing/,
    ],
    [
      "a share of none without basis",
      "type: conditional, condition: 仅限行政审批核验",
      "type: none",
      /share basis is missing/,
    ],
    [
      "a share until no day",
      "type: conditional,",
      'type: conditional, until: "2026-02-30",',
      /share\.until there is no such day/,
    ],
    [
      "an unknown format",
      "format: resident-id",
      "format: residentid",
      /format of this name; did you mean resident-id/,
    ],
    ["an unknown code table", "GB/T 2261.1", "GB/T 1", /there is no code table of this name/],
    [
      "a code listed twice",
      "codes: GB/T 2261.1",
      'codes: [{code: "1", name: a}, {code: "1", name: b}]',
      /code is listed twice/,
    ],
    ["a pattern that is none", "maxLength: 18", 'pattern: "["', /not a regular expression/],
    [
      "a length on a decimal",
      "scale: 2",
      "scale: 2, maxLength: 3",
      /maxLength means nothing for type decimal/,
    ],
    ["a decimal without digits", "precision: 14, ", "", /precision is missing/],
    [
      "limits the wrong way round",
      "scale: 2",
      'scale: 2, minimum: "2.5", maximum: 2',
      /minimum must be at most maximum/,
    ],
    [
      "a credit code in small letters",
      "91350100M000100Y43",
      "91350100m000100y43",
      /credit code of 18 characters/,
    ],
    ["a resource code without serial", "307001001/000017", "307001001/x", /resource code such as/],
    ["a wrong type word", "type: decimal", "type: number", /must be one of/],
    ["a name twice", "name: 自然人基本信息", "name: a\nname: b", /the name name is used twice/],
    ["an alias of nothing", "name: 自然人基本信息", "name: *a", /alias|not valid YAML/],
  ] as const)
    test(`with ${what} is told so`, () => assert.match(errors(from, to).join("\n"), expected));

  test("that is empty, a list or no YAML at all is refused", () => {
    for (const text of ["", "[]", "5", "a: [1", "\t"])
      assert.ok(readDescriptor(text, "x.yaml").errors.length > 0, text);
  });

  test("in another encoding is told so once, where it shows", () => {
    const gbk = Uint8Array.from([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xd6, 0xd8, 0xc7, 0xec, 0x0a]);
    const { errors: found } = readDescriptor(new TextDecoder().decode(gbk), "person.yaml");
    assert.deepEqual(
      found.map(({ line, column, message }) => [line, column, message.includes("UTF-8")]),
      [[1, 7, true]],
    );
  });

  test("names an alias that stands for nothing, and a second document, where they are", () => {
    const placesIn = (text: string) =>
      readDescriptor(text, "person.yaml").errors.map(({ line, column }) => [line, column]);
    assert.deepEqual(placesIn("kind: Resource\nkey: *keys\n"), [[2, 6]]);
    assert.deepEqual(placesIn("kind: Resource\n---\nkind: Resource\n"), [[2, 1]]);
  });

  test("that names an item in its key which is not there is told so whatever else is wrong", () =>
    assert.deepEqual(
      readDescriptor(
        good.replace("[resident_id]", "[resident]").replace("name: 性别", "name: 12"),
        "person.yaml",
      ).errors.map(({ path }) => path),
      ["key.0", "items.1.name"],
    ));

  test("gets warnings for what a catalog may send back", () => {
    const { errors: none, warnings } = readDescriptor(
      good.replace("307001001/", "307001/").replace("Y43", "Y44"),
      "person.yaml",
    );
    assert.deepEqual(none, []);
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ["code", "provider.code"],
    );
  });
});

describe("defineResource", () => {
  const person = defineResource({
    apiVersion: "qianzhi/v1",
    kind: "Resource",
    code: "307001001/000017",
    identifier: "person",
    name: "人",
    version: "1.0.0",
    provider: { name: "样例局", code: "91350100M000100Y43" },
    share: { type: "unconditional" },
    updateCycle: "daily",
    key: ["id"],
    items: [
      { identifier: "id", name: "编号", type: "string" },
      { identifier: "name", name: "姓名", type: "string", required: true },
      {
        identifier: "sex",
        name: "性别",
        type: "string",
        codes: [
          { code: "1", name: "男" },
          { code: "2", name: "女" },
        ],
      },
      { identifier: "count", name: "数", type: "integer" },
      {
        identifier: "income",
        name: "收入",
        type: "decimal",
        precision: 9,
        scale: 2,
        share: "none",
      },
    ],
  });
  type Person = RecordOf<typeof person>;

  test("infers the record's type: required and key items, literals of codes, nothing that is not shared", () => {
    const whole = { id: "1", name: "a", sex: "2", count: 5n } satisfies Person;
    const least: Person = { id: "1", name: "a" };
    // @ts-expect-error a required item is missing
    const incomplete: Person = { id: "1" };
    // @ts-expect-error not one of the codes
    const unknownCode: Person = { id: "1", name: "a", sex: "3" };
    // @ts-expect-error an item that may not be shared is no part of the record
    const withheld: Person = { id: "1", name: "a", income: "1.00" };
    assert.equal([whole, least, incomplete, unknownCode, withheld].length, 5);
  });

  test("carries the type on to the compiled resource", () => {
    const answer = compileResource(person).canonicalise({ id: "1", name: "a", sex: "1" });
    const sex: "1" | "2" | null | undefined = "record" in answer ? answer.record.sex : undefined;
    assert.equal(sex, "1");
  });

  test("refuses a descriptor that does not hang together, naming every place", () => {
    assert.throws(
      () => defineResource({ ...person, key: ["nobody"], version: "1" }),
      (error: { code: string; message: string }) =>
        error.code === "QZ_DESCRIPTOR_INVALID" &&
        /version:/.test(error.message) &&
        /key\.0:/.test(error.message),
    );
  });
});
