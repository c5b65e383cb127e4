import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareDescriptors, type Item } from "../src/index.ts";
import { item, resource } from "./fixtures.ts";

describe("two versions", () => {
  const of = (more: Partial<Item>, version = "1.0.0") =>
    resource([item("string", more)], { version });
  const compare = (older: Partial<Item>, newer: Partial<Item>, version = "1.0.1") =>
    compareDescriptors(of(older), of(newer, version));

  for (const [what, older, newer, kind] of [
    ["a longer text", { maxLength: 5 }, { maxLength: 6 }, "compatible"],
    ["a shorter text", { maxLength: 5 }, { maxLength: 4 }, "breaking"],
    ["a limit that is new", {}, { maxLength: 4 }, "breaking"],
    ["a limit that is gone", { maxLength: 4 }, {}, "compatible"],
    ["a value that is now required", {}, { required: true }, "breaking"],
    ["a value that may now be absent", { required: true }, {}, "compatible"],
    ["an item that is withheld", {}, { share: "none" }, "breaking"],
    ["another type", { type: "string" }, { type: "text" }, "breaking"],
    ["a format that is new", {}, { format: "mobile" }, "breaking"],
    ["a format that is gone", { format: "mobile" }, {}, "compatible"],
    [
      "codes that are new",
      { codes: [{ code: "1", name: "a" }] },
      {
        codes: [
          { code: "1", name: "a" },
          { code: "2", name: "b" },
        ],
      },
      "compatible",
    ],
    [
      "codes that are gone",
      { codes: "GB/T 2261.1" },
      { codes: [{ code: "1", name: "a" }] },
      "breaking",
    ],
    ["another name", { name: "甲" }, { name: "乙" }, "compatible"],
    ["an item that is shared from now on", { share: "none" }, {}, "compatible"],
    [
      "a required item that is shared from now on",
      { share: "none", required: true },
      { required: true },
      "breaking",
    ],
    [
      "another type of an item that is never shared",
      { share: "none" },
      { share: "none", type: "integer" },
      "compatible",
    ],
  ] as const)
    test(`with ${what} are ${kind}`, () => {
      const { changes } = compare(older, newer);
      assert.ok(changes.length > 0);
      assert.equal(
        changes.some((change) => change.kind === "breaking"),
        kind === "breaking",
      );
      assert.ok(
        changes.every(
          ({ en, zh, path }) =>
            en !== "" && /\p{Script=Han}/u.test(zh) && path.startsWith("items.value"),
        ),
      );
    });

  test("need a major version for what breaks, a minor one for what is wider, a patch for words", () => {
    assert.deepEqual(
      [
        compare({ maxLength: 5 }, { maxLength: 4 }).bump,
        compare({ maxLength: 4 }, { maxLength: 5 }).bump,
        compare({ name: "甲" }, { name: "乙" }).bump,
        compare({}, {}).bump,
      ],
      ["major", "minor", "patch", "none"],
    );
    assert.equal(compare({ maxLength: 5 }, { maxLength: 4 }, "1.1.0").versionRises, false);
    assert.equal(compare({ maxLength: 5 }, { maxLength: 4 }, "2.0.0").versionRises, true);
    assert.equal(compare({ maxLength: 4 }, { maxLength: 5 }, "1.1.0").versionRises, true);
    assert.equal(compare({}, {}, "1.0.0").versionRises, true);
    assert.equal(compare({ name: "甲" }, { name: "乙" }, "0.9.0").versionRises, false);
  });

  test("do not differ where a default is said", () => {
    for (const [older, newer] of [
      [{ type: "datetime" }, { type: "datetime", fraction: 0 }],
      [{ type: "geometry" }, { type: "geometry", crs: "EPSG:4490" }],
      [{}, { minLength: 1 }],
    ] as const)
      assert.deepEqual(compare(older, newer).changes, []);
  });

  test("need a minor version for a new item, whatever it is called", () => {
    const named = (identifier: string) => resource([item("string", { identifier })]);
    for (const identifier of ["name", "abstract", "open"])
      assert.equal(compareDescriptors(resource([]), named(identifier)).bump, "minor", identifier);
  });

  test("lose nothing with an item that was never shared", () =>
    assert.equal(
      compareDescriptors(resource([item("string", { share: "none" })]), resource([])).bump,
      "minor",
    ));

  test("tell items that come and go, and a key that changes", () => {
    const older = resource([item("string")]);
    const gone = compareDescriptors(older, resource([]));
    assert.deepEqual(
      gone.changes.map(({ kind, path }) => [kind, path]),
      [["breaking", "items.value"]],
    );
    assert.deepEqual(
      compareDescriptors(resource([]), older).changes.map(({ kind }) => kind),
      ["compatible"],
    );
    assert.deepEqual(
      compareDescriptors(older, { ...older, key: ["value"] }).changes.map(({ kind, path }) => [
        kind,
        path,
      ])[0],
      ["breaking", "key"],
    );
  });
});
