import { after, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { harness as provide } from "./harness.ts";

const harness = await provide(process.env);
after(() => harness[Symbol.asyncDispose]());
for (const each of conformanceCases(harness))
  test(each.name, { skip: reasonToSkip(harness, each) ?? false }, () => each.run());
