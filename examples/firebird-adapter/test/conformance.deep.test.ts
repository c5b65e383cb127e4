import { after, describe, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { harness as provide } from "./harness.ts";
import { noFirebird, ownServer } from "./own-server.ts";

const server = noFirebird ? undefined : await ownServer();
const harness = server && (await provide({ QIANZHI_TEST_FIREBIRD_URL: server.url }));
describe("the adapter contract, over a server of its own", { skip: noFirebird }, () => {
  after(async () => {
    await harness![Symbol.asyncDispose]();
    await server![Symbol.asyncDispose]();
  });
  for (const each of conformanceCases(harness!))
    test(each.name, { skip: reasonToSkip(harness!, each) ?? false }, () => each.run());
});
