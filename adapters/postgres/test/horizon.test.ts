import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, beforeEach, describe, test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import type { Horizon, Source } from "@qianzhi/sdk";
import { postgres } from "../src/index.ts";
import { noServer, testServer, type TestServer, type TestSession } from "./server.ts";

const never = new AbortController().signal;
const SETTLE_MS = 60_000;
/** A clock that stands still, so that each poll looks anew. */
const host = { ...testHost(), clock: { now: () => 0, monotonic: () => 0 } };

describe("the horizon", { skip: noServer }, () => {
  let server: TestServer;
  let source: Source;
  let writer: TestSession;
  let memory: unknown;

  const poll = async (of = source, cursor = "at"): Promise<Horizon> => {
    const request = { relation: { table: ["stamped"] }, cursor, settleMs: SETTLE_MS };
    const horizon = await of.horizon!({ ...request, previous: memory }, never);
    memory = JSON.parse(JSON.stringify(horizon.memory ?? null));
    return horizon;
  };
  const insert = (id: number) =>
    `INSERT INTO stamped VALUES (${id}, now(), now()) RETURNING at::text`;
  const clock = async () =>
    String((await server.admin("SELECT clock_timestamp()::timestamp::text"))[0]?.[0]);

  before(async () => {
    server = await testServer("horizon");
    await server.admin(
      "CREATE TABLE stamped (id int PRIMARY KEY, at timestamp NOT NULL, zoned timestamptz NOT NULL); CREATE INDEX ON stamped (at, id)",
    );
    await server.admin(`GRANT pg_read_all_stats TO ${server.account}`);
    source = await postgres.open(server.options, host);
  });
  beforeEach(async () => {
    await server.admin("TRUNCATE stamped");
    writer = await server.session();
    await writer.run("SET TIME ZONE '+08'");
    memory = null;
  });
  after(async () => {
    await source.close();
    await server[Symbol.asyncDispose]();
  });

  test("lies a second behind the source's clock when nobody is at work, in the form of its column", async () => {
    const before = await clock();
    const plain = await poll();
    assert.deepEqual([plain.exact, plain.heldBy], [true, undefined]);
    const readAt = Date.parse(String(plain.below)) + 1_000;
    // The bound is cut to milliseconds.
    const after = await clock();
    const told = `${before} ${String(plain.below)} ${after}`;
    assert.ok(readAt >= Date.parse(before) - 1 && readAt <= Date.parse(after), told);
    const zoned = await poll(source, "zoned");
    assert.match(String(zoned.below), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+08:00$/);
    await writer.end();
  });

  test("is held by a transaction that has written nothing yet, for it may still write its old stamp", async () => {
    await poll();
    await writer.run("BEGIN");
    await writer.run("SELECT 1");
    await delay(1500);
    const idle = await poll();
    const [[stamp] = []] = await writer.run(insert(1));
    assert.equal(idle.exact, true);
    assert.ok(String(idle.below) <= String(stamp), `${String(idle.below)} > ${String(stamp)}`);
    assert.match(idle.heldBy!.session, /^pid \d+ .*idle in transaction/);
    assert.ok(String((await poll()).below) <= String(stamp));
    await writer.run("COMMIT");
    await delay(1100);
    const { below, heldBy } = await poll();
    assert.ok(String(below) > String(stamp));
    assert.equal(heldBy, undefined);
    await writer.end();
  });

  test("is held by a prepared transaction as of its session's beginning, not as of its PREPARE", async () => {
    await poll();
    await writer.run("BEGIN");
    const [[stamp] = []] = await writer.run(insert(1));
    await poll();
    await delay(1500);
    await writer.run("PREPARE TRANSACTION 'qz-seen'");
    await writer.end();
    const { below, exact, heldBy } = await poll();
    await server.admin("COMMIT PREPARED 'qz-seen'");
    assert.equal(exact, true);
    assert.ok(String(below) <= String(stamp), `${String(below)} > ${String(stamp)}`);
    assert.match(heldBy!.session, /prepared transaction qz-seen/);
  });

  test("is held by a prepared transaction that the poll before saw before it wrote", async () => {
    await writer.run("BEGIN");
    await writer.run("SELECT now()");
    await poll();
    const [[stamp] = []] = await writer.run(insert(1));
    await delay(1500);
    await writer.run("PREPARE TRANSACTION 'qz-unseen'");
    await writer.end();
    const { below, exact } = await poll();
    await server.admin("COMMIT PREPARED 'qz-unseen'");
    assert.equal(exact, true);
    assert.ok(String(below) <= String(stamp), `${String(below)} > ${String(stamp)}`);
  });

  test("is a guess while a transaction that was prepared before the first poll waits", async () => {
    await writer.run("BEGIN");
    await writer.run(insert(1));
    await writer.run("PREPARE TRANSACTION 'qz-early'");
    await writer.end();
    const { exact, because } = await poll();
    await server.admin("COMMIT PREPARED 'qz-early'");
    assert.deepEqual([exact, because], [false, "first-poll"]);
    assert.equal((await poll()).exact, true);
  });

  test("names the role that it lacks, for a list without others' transactions looks empty", async () => {
    await server.admin(`REVOKE pg_read_all_stats FROM ${server.account}`);
    await writer.run("BEGIN");
    const [[stamp] = []] = await writer.run(insert(1));
    const { exact, because, grant, below } = await poll();
    await writer.run("ROLLBACK");
    assert.deepEqual(
      [exact, because, grant],
      [false, "privilege", `GRANT pg_read_all_stats TO "${server.account}";`],
    );
    assert.ok(String(below) < String(stamp));
    await server.admin(grant!);
    assert.equal((await poll()).exact, true);
    await writer.end();
  });

  test("cannot tell while a session hides what it does", async () => {
    await writer.run("SET track_activities = off");
    await writer.run("BEGIN");
    await writer.run(insert(1));
    const { exact, because } = await poll();
    await writer.run("ROLLBACK");
    assert.deepEqual([exact, because], [false, "hidden"]);
    await writer.end();
    await delay(200);
    assert.equal((await poll()).exact, true);
  });

  test("is not held by sessions of another database", async () => {
    const other = await testServer("other");
    const elsewhere = await other.session();
    await elsewhere.run("BEGIN");
    assert.deepEqual([(await poll()).heldBy], [undefined]);
    await elsewhere.end();
    await other[Symbol.asyncDispose]();
    await writer.end();
  });
});
