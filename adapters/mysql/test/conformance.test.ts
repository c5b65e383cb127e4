import { after, before, describe, test } from "node:test";
import { conformanceCases, reasonToSkip } from "@qianzhi/adapter-testkit";
import { mysqlHarness } from "./harness.ts";
import { noServer, testServer, type TestServer } from "./server.ts";

describe("the adapter contract", { skip: noServer }, () => {
  let server: TestServer;
  before(async () => {
    server = await testServer("contract");
  });
  after(() => {
    // A statement timer of the driver outlives a connection that was cut: the file ends all the same.
    setTimeout(() => process.exit(), 5_000).unref();
    return server[Symbol.asyncDispose]();
  });
  const harness = mysqlHarness(() => server);
  for (const each of conformanceCases(harness)) {
    test(each.name, { skip: reasonToSkip(harness, each) ?? false }, () => each.run());
  }
});
