import { after, before, describe, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { mysqlHarness } from "./harness.ts";
import { noServer, testServer, type TestServer } from "./server.ts";

describe("the adapter contract", { skip: noServer }, () => {
  let server: TestServer;
  before(async () => {
    server = await testServer("contract");
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    // The driver's own statement timer outlives a connection that was cut; it ends with the process.
    setTimeout(() => process.exit(), 2_000).unref();
  });
  const harness = mysqlHarness(() => server);
  for (const each of conformanceCases(harness)) {
    test(each.name, { skip: reasonToSkip(harness, each) ?? false }, () => each.run());
  }
});
