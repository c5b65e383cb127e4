import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, beforeEach, describe, test } from "node:test";
import { createConnection, type Connection } from "mysql2/promise";
import { testHost } from "@qianzhi/adapter-testkit";
import type { Horizon, Source } from "@qianzhi/sdk";
import { mysql } from "../src/index.ts";
import { noServer, testServer, type TestServer } from "./server.ts";

const never = new AbortController().signal;
const SETTLE_MS = 60_000;
/** A clock that stands still, so that each poll looks anew. */
const host = { ...testHost(), clock: { now: () => 0, monotonic: () => 0 } };

describe("the horizon", { skip: noServer }, () => {
  let server: TestServer;
  let source: Source;
  let writer: Connection;
  let memory: unknown;

  /** A session of the legacy system, on the server's own zone. */
  const session = () =>
    createConnection({
      ...server.options,
      user: server.admin.config.user!,
      password: String(server.admin.config.password),
      dateStrings: true,
    });
  const poll = async (of = source): Promise<Horizon> => {
    const request = { relation: { table: ["stamped"] }, cursor: "at", settleMs: SETTLE_MS };
    const horizon = await of.horizon!({ ...request, previous: memory }, never);
    memory = JSON.parse(JSON.stringify(horizon.memory ?? null));
    return horizon;
  };
  /** A lock that stayed would hold up every test on this server. */
  const pollThenUnlock = async (locker: Connection): Promise<Horizon> => {
    try {
      return await poll();
    } finally {
      await locker.query("UNLOCK TABLES");
    }
  };
  const stampOf = async (id: number, of = writer): Promise<string> => {
    const [rows] = await of.query("SELECT at FROM stamped WHERE id = ?", [id]);
    return (rows as { at: string }[])[0]!.at;
  };
  const insert = (id: number) => `INSERT INTO stamped VALUES (${id}, NOW(6))`;

  before(async () => {
    server = await testServer("horizon");
    await server.admin.query(
      "CREATE TABLE stamped (id INT PRIMARY KEY, at DATETIME(6) NOT NULL, KEY (at, id)) ENGINE=InnoDB",
    );
    await server.admin.query(`GRANT PROCESS ON *.* TO '${server.account}'@'%'`);
    source = await mysql.open(server.options, host);
  });
  beforeEach(async () => {
    await server.admin.query("TRUNCATE stamped");
    writer = await session();
    memory = null;
  });
  after(async () => {
    await source.close();
    await server[Symbol.asyncDispose]();
  });

  test("lies at the source's clock when nobody is at work", async () => {
    const { exact, heldBy } = await poll();
    assert.deepEqual([exact, heldBy], [true, undefined]);
    await writer.end();
  });

  test("stays at or below the stamp of a transaction that is open, until it has committed", async () => {
    await poll();
    await writer.query("BEGIN");
    await writer.query(insert(1));
    const stamp = await stampOf(1);
    for (let at = 0; at < 3; at += 1) {
      const { below, exact, heldBy } = await poll();
      assert.equal(exact, true);
      assert.ok(String(below) <= stamp, `${String(below)} > ${stamp}`);
      assert.match(heldBy!.session, new RegExp(`connection ${writer.threadId} `));
      await delay(150);
    }
    await writer.query("COMMIT");
    await delay(150);
    const { below, exact } = await poll();
    assert.ok(exact && String(below) > stamp);
    await writer.end();
  });

  test("says that it is a guess while a transaction from before the first poll is open", async () => {
    await writer.query("BEGIN");
    await writer.query(insert(1));
    const first = await poll();
    assert.deepEqual([first.exact, first.because], [false, "first-poll"]);
    await writer.query("COMMIT");
    await delay(150);
    assert.equal((await poll()).exact, true);
    await writer.end();
  });

  test("is not held by a transaction that has modified nothing and runs nothing", async () => {
    await writer.query("BEGIN");
    await writer.query("SELECT * FROM stamped FOR UPDATE");
    const { exact, heldBy } = await poll();
    assert.deepEqual([exact, heldBy], [true, undefined]);
    await writer.end();
  });

  test("is held by a write that waits behind a backup's lock and that InnoDB knows nothing of", async () => {
    await poll();
    const backup = await session();
    await backup.query("FLUSH TABLES WITH READ LOCK");
    const written = writer.query(insert(1));
    await delay(1500);
    const { below, exact } = await pollThenUnlock(backup);
    await written;
    const stamp = await stampOf(1);
    assert.equal(exact, true);
    assert.ok(String(below) <= stamp, `${String(below)} > ${stamp}`);
    await Promise.all([backup.end(), writer.end()]);
  });

  test("keeps the bound of a statement that waited before it entered InnoDB, when its transaction stays open", async () => {
    await poll();
    const locker = await session();
    await locker.query("LOCK TABLES stamped WRITE");
    await writer.query("BEGIN");
    const written = writer.query(insert(1));
    await delay(1500);
    await pollThenUnlock(locker);
    await written;
    const stamp = await stampOf(1);
    await delay(150);
    for (let at = 0; at < 2; at += 1) {
      const { below, exact } = await poll();
      assert.equal(exact, true);
      assert.ok(String(below) <= stamp, `${String(below)} > ${stamp}`);
    }
    await writer.query("COMMIT");
    await Promise.all([locker.end(), writer.end()]);
  });

  test("is held by a prepared transaction whose session is gone, and whose stamp is older than any session", async (t) => {
    if (server.forgetsPrepared !== false) {
      await writer.end();
      return t.skip(server.forgetsPrepared);
    }
    await poll();
    await writer.query("XA START 'qz'");
    await writer.query(insert(1));
    const stamp = await stampOf(1);
    await poll();
    await writer.query("XA END 'qz'");
    await writer.query("XA PREPARE 'qz'");
    writer.destroy();
    await delay(300);
    const { below, exact } = await poll();
    await server.admin.query("XA COMMIT 'qz'");
    assert.equal(exact, true);
    assert.ok(String(below) <= stamp, `${String(below)} > ${stamp}`);
  });

  test("falls back to the settle time while a monitor keeps InnoDB's list stale", async () => {
    const monitor = await session();
    let watching = true;
    const watch = (async () => {
      while (watching) await monitor.query("SELECT COUNT(*) FROM information_schema.INNODB_TRX");
    })();
    try {
      await writer.query("BEGIN");
      await writer.query(insert(1));
      const stamp = await stampOf(1);
      // On a busy machine the monitor may be too slow to starve the very first poll.
      for (let polls = 1; ; polls += 1) {
        const { exact, because, below } = await poll();
        assert.ok(!exact && String(below) <= stamp);
        if (because === "stale") break;
        assert.ok(polls < 100, "the list was never stale");
      }
    } finally {
      watching = false;
      await watch;
      await Promise.all([monitor.end(), writer.end()]);
    }
  });

  test("is exact for all who poll at the same time over connections of one source", async () => {
    const connections = await Promise.all(
      Array.from({ length: 4 }, () => mysql.open(server.options, testHost())),
    );
    try {
      for (let polls = 0; polls < 3; polls += 1) {
        const horizons = await Promise.all(connections.map((each) => poll(each)));
        assert.deepEqual(
          horizons.map(({ because }) => because),
          connections.map(() => undefined),
        );
        await delay(600);
      }
    } finally {
      await Promise.all([...connections.map((each) => each.close()), writer.end()]);
    }
  });

  test("is not held by threads of replication that have nothing to apply, however long that is", async (t) => {
    await writer.end();
    const unknown = await server.admin
      .query("CHANGE MASTER 'qz' TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'qz'")
      .then(() => false)
      .catch(() => true);
    if (unknown) return t.skip("only MariaDB names a replication in this way");
    try {
      await server.admin.query("START SLAVE 'qz' SQL_THREAD");
      await delay(300);
      const { because, heldBy } = await poll();
      assert.deepEqual([because, heldBy], ["replica", undefined]);
    } finally {
      await server.admin.query("STOP SLAVE 'qz'; RESET SLAVE 'qz' ALL");
    }
  });

  test("names the grant that it lacks, and is exact once it was given", async () => {
    const account = `'${server.account}'@'%'`;
    await server.admin.query(`REVOKE PROCESS ON *.* FROM ${account}`);
    const blind = await mysql.open(server.options, host);
    const { exact, because, grant } = await poll(blind);
    await blind.close();
    assert.deepEqual(
      [exact, because, grant],
      [false, "privilege", `GRANT PROCESS ON *.* TO ${account};`],
    );
    await server.admin.query(grant!);
    const seeing = await mysql.open(server.options, host);
    assert.equal((await poll(seeing)).exact, true);
    await seeing.close();
    await writer.end();
  });

  test("leaves no transaction behind that would show old rows", async () => {
    await poll();
    await writer.query(insert(1));
    const request = {
      relation: { table: ["stamped"] },
      columns: [{ name: "id" }],
      order: ["id"],
      pageRows: 9,
    };
    assert.deepEqual((await source.scan!(request, never)).rows, [[1]]);
    await writer.end();
  });
});
