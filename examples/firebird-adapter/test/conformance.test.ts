import { after, describe, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { harness as provide } from "./harness.ts";
import { noServer } from "./server.ts";

const harness = noServer ? undefined : await provide(process.env);
describe("the adapter contract", { skip: noServer }, () => {
  after(() => harness![Symbol.asyncDispose]());
  for (const each of conformanceCases(harness!))
    test(each.name, { skip: reasonToSkip(harness!, each) ?? false }, () => each.run());
});
