import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { activityOf } from "../src/activity.ts";
import type { Link } from "../src/connect.ts";
import type { ServerFacts } from "../src/session.ts";

const facts: ServerFacts = {
  mariadb: false,
  version: "8.0.36",
  variables: new Map(),
  connectionId: "7",
  account: "reader@10.%",
  readOnly: true,
  otherEngines: false,
  clockDigits: 6,
};

/** A server that lists these sessions, and our own transaction; or refuses to list with an error's number. */
function server(listing: readonly unknown[][] | number) {
  const asked: string[] = [];
  const rowsFor = (sql: string): unknown[][] => {
    if (sql.startsWith("SELECT CAST(NOW")) return [["2026-01-01 10:00:00.5"]];
    if (sql.includes("INNODB_TRX")) return [["7", "0", "2026-01-01 10:00:00", 1]];
    if (!sql.includes("PROCESSLIST")) return [];
    if (typeof listing === "number") throw Object.assign(new Error("refused"), { errno: listing });
    return [...listing];
  };
  const link: Pick<Link, "run"> = {
    async run({ sql }) {
      asked.push(sql);
      return { rows: rowsFor(sql), fields: [] };
    },
  };
  return { link: link as Link, asked };
}

const quiet = { replica: false, poll: 1 };
const doubtOf = async (listing: readonly unknown[][] | number, about: Partial<ServerFacts> = {}) =>
  (await activityOf(server(listing).link, { ...facts, ...about }, quiet)).doubt;

describe("what a MySQL server tells of its sessions is not believed", () => {
  test("where a thread of replication writes rows with another server's stamps", async () => {
    const applier = ["3", "connection 3 system user Query", 1, "2026-01-01 09:00:00", 1];
    assert.deepEqual(await doubtOf([applier]), { because: "replica" });
  });

  test("where an engine has transactions that InnoDB does not list", async () => {
    assert.deepEqual(await doubtOf([], { otherEngines: true }), { because: "unsupported" });
  });

  test("without PROCESS, and then names the grant for the account that the server matched", async () => {
    const grant = "GRANT PROCESS ON *.* TO 'reader'@'10.%';";
    assert.deepEqual(await doubtOf(1227), { because: "privilege", grant });
  });

  test("by a relative that has no such list", async () => {
    assert.deepEqual(await doubtOf(1109), { because: "unsupported" });
  });
});

test("the transaction of our own is ended whatever happens, or rows would be read as of its beginning", async () => {
  for (const listing of [[], 1227, 2013]) {
    const { link, asked } = server(listing);
    await activityOf(link, facts, quiet).catch(() => undefined);
    assert.equal(asked.at(-1), "ROLLBACK");
  }
});
