import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { activityOf } from "../src/activity.ts";
import type { Link } from "../src/connect.ts";
import type { ServerFacts } from "../src/session.ts";

/** What cannot be had beside one test server: answers of others, to the questions in their order. */
function linkAnswering(...answers: readonly (string | null)[][][]): Pick<Link, "texts"> {
  const left = [...answers];
  return { texts: async () => left.shift() ?? [] };
}

const facts: ServerFacts = {
  product: "PostgreSQL",
  version: "15.5",
  number: 150_005,
  pid: "1",
  charset: "UTF8",
  readOnly: true,
};
const clock = "2026-01-01 10:00:00.5";
const ask = async (
  about: Partial<ServerFacts>,
  server: readonly [standby: string, sees: string],
  sessions: (string | null)[][] = [],
) =>
  (
    await activityOf(
      linkAnswering([[clock, ...server]], sessions, []) as Link,
      { ...facts, ...about },
      "reader",
    )
  ).doubt;

describe("what a server tells of its sessions is not believed", () => {
  test("on a standby, which shows nothing of the primary's", async () => {
    assert.equal((await ask({}, ["t", "t"]))?.because, "replica");
  });

  test("where a subscription brings rows with another server's stamps", async () => {
    const worker = ["7@1", "logical replication worker", null, null, null, "pid 7"];
    assert.equal((await ask({}, ["f", "t"], [worker]))?.because, "replica");
    const launcher = ["8@1", "logical replication launcher", null, null, null, "pid 8"];
    assert.equal(await ask({}, ["f", "t"], [launcher]), undefined);
  });

  test("of a related product, which nobody has measured", async () => {
    assert.equal((await ask({ product: "openGauss" }, ["f", "t"]))?.because, "unsupported");
  });

  test("of a server before 10 by an account that is no superuser, for which there is no grant to paste", async () => {
    const doubt = await ask({ number: 90_624 }, ["f", "f"]);
    assert.equal(doubt?.because, "privilege");
    assert.match(doubt.grant ?? "", /^-- /);
  });
});
