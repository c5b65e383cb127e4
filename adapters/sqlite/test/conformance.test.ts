import { after, describe, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { sqliteHarness } from "./harness.ts";

describe("the adapter contract", () => {
  const harness = sqliteHarness();
  after(() => harness[Symbol.dispose]());
  for (const each of conformanceCases(harness)) {
    test(each.name, { skip: reasonToSkip(harness, each) ?? false }, () => each.run());
  }
});
