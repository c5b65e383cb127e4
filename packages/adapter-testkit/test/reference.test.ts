import assert from "node:assert/strict";
import { describe, test } from "node:test";
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
