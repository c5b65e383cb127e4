import { describe, test } from "node:test";
import { conformanceCases } from "../src/index.ts";
import { memoryHarness } from "./reference/memory-harness.ts";

describe("the reference adapter lacks nothing and passes", () => {
  const { harness } = memoryHarness();
  for (const each of conformanceCases(harness))
    test(`${each.group}: ${each.name}`, () => each.run());
});
