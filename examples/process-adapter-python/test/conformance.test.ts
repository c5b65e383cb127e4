import { after, describe, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { harness as provide, python } from "./harness.ts";

if (python !== undefined) {
  const harness = await provide(process.env);
  describe("the program in Python keeps the adapter contract", () => {
    after(() => harness[Symbol.asyncDispose]());
    for (const each of conformanceCases(harness))
      test(each.name, { skip: reasonToSkip(harness, each) ?? false }, () => each.run());
  });
} else
  test("the program in Python keeps the adapter contract", {
    skip: "there is no Python 3.8 with sqlite3 on this machine",
  });
