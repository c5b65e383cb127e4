import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inChinese } from "../src/chinese.ts";
import { siteCases } from "../src/site-cases.ts";
import { conformanceCases, lacking, reasonToSkip, type ConformanceHarness } from "../src/index.ts";
import { memoryHarness } from "./reference/memory-harness.ts";

/** Runs what is not left out, and tells how many that were. */
function suite(harness: ConformanceHarness): number {
  const cases = conformanceCases(harness).filter(
    (each) => reasonToSkip(harness, each) === undefined,
  );
  for (const each of cases) test(`${each.group}: ${each.name}`, () => each.run());
  return cases.length;
}

describe("the reference adapter lacks nothing and passes", () => {
  suite(memoryHarness().harness);
});

describe("an adapter that can only list is no less", () => {
  const { harness } = memoryHarness();
  const count = suite({
    ...harness,
    lacks: lacking("it lists", "scan", "changes", "horizon", "duplicateKey", "maximum", "cost"),
    async open(host) {
      const { probe, discover, describe: describeTable, list, close } = await harness.open(host);
      return { probe, discover: discover!, describe: describeTable, list: list!, close };
    },
  });
  test("and has its own cases", () => assert.ok(count > 40, `${count} cases`));
});

describe("an adapter that can only tell changes is no less", () => {
  const { harness } = memoryHarness();
  const count = suite({
    ...harness,
    lacks: lacking(
      "it tells changes",
      "scan",
      "list",
      "horizon",
      "duplicateKey",
      "maximum",
      "discover",
      "slow statement",
    ),
    async open(host) {
      const { probe, describe: describeTable, changes, close } = await harness.open(host);
      return { probe, describe: describeTable, changes: changes!, close };
    },
  });
  test("and has its own cases", () => assert.ok(count > 40, `${count} cases`));
});

test("every case has its name and what it protects in Chinese", async () => {
  const { harness } = memoryHarness();
  const relation = (await harness.createTable({
    name: "qz_site",
    columns: [{ name: "id", type: harness.integer }],
    key: ["id"],
    rows: [["1"]],
  })) as { readonly table: readonly string[] };
  const site = await siteCases({ open: (host) => harness.open(host), relation });
  for (const each of [...conformanceCases(harness), ...site.cases])
    for (const text of Object.values(inChinese(each)))
      assert.match(String(text), /[\u4e00-\u9fff]/, `${each.name}: ${each.protects}`);
});
