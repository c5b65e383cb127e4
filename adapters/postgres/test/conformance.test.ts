import { after, before, describe, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { postgresHarness } from "./harness.ts";
import { noServer, testServer, type TestServer } from "./server.ts";
import { extensions } from "./test-types.ts";

describe("the adapter contract", { skip: noServer }, () => {
  let server: TestServer;
  before(async () => {
    server = await testServer("contract");
    await server.admin(extensions);
  });
  after(() => server[Symbol.asyncDispose]());
  const harness = postgresHarness(() => server);
  for (const each of conformanceCases(harness)) {
    test(each.name, { skip: reasonToSkip(harness, each) ?? false }, () => each.run());
  }
});
