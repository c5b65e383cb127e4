import { after, describe, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { harness as provide } from "./scripted-harness.ts";

const harness = await provide(process.env);

describe("the adapter contract over a scripted server", () => {
  after(() => harness[Symbol.asyncDispose]());
  for (const each of conformanceCases(harness))
    test(each.name, { skip: reasonToSkip(harness, each) ?? false }, () => each.run());
});
