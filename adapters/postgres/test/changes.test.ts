import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { QianzhiError, type ChangesPage, type Source } from "@qianzhi/sdk";
import { isVisible } from "../src/feed-transactions.ts";
import { postgres } from "../src/index.ts";
import { feedScript, runFeedScript } from "./feed-script.ts";
import { noServer, testServer, type TestServer } from "./server.ts";

const never = new AbortController().signal;
const isLost = (error: unknown) => QianzhiError.is(error) && error.code === "QZ_CHANGES_LOST";

const noFeed = noServer || (await isWithoutFeed());

async function isWithoutFeed(): Promise<string | false> {
  await using server = await testServer("version");
  return server.version < 110_000 && "the feed needs PostgreSQL 11";
}

describe("the feed of a table", { skip: noFeed }, () => {
  let server: TestServer;
  let source: Source;

  const read = (table: string, position: unknown, columns = ["id", "v"]): Promise<ChangesPage> =>
    source.changes!(
      { table: [table] },
      columns.map((name) => ({ name })),
      position,
      never,
    );
  const told = async (table: string, position: unknown, columns?: readonly string[]) => {
    await server.admin("CHECKPOINT");
    const { changes } = await read(
      table,
      position,
      columns === undefined ? ["id", "v"] : [...columns],
    );
    return changes.map(({ op, row }) => [op, ...row]);
  };
  /** A table with a feed, and the position before anything else is written. */
  const fed = async (table: string, columns = "id int PRIMARY KEY, v text") => {
    await server.admin(`CREATE TABLE "${table}" (${columns})`);
    await runFeedScript(server, { table: [table] });
    return (await read(table, undefined, ["id"])).position;
  };
  const script = async (table: string) => (await feedScript(server, { table: [table] })) ?? "";
  const confirmed = async (table: string) =>
    String(
      (
        await server.admin(
          `SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name LIKE 'qianzhi_${table}%'`,
        )
      )[0]?.[0],
    );

  before(async () => {
    server = await testServer("feed");
    source = await postgres.open(server.options, testHost());
  });
  after(async () => {
    await source.close();
    await server[Symbol.asyncDispose]();
  });

  test("needs what the DBA's script makes, all of it, and names what is missing later", async () => {
    await server.admin(
      `CREATE TABLE needs (id int PRIMARY KEY); ALTER ROLE ${server.account} NOREPLICATION`,
    );
    const whole = await script("needs");
    // Publications have known columns since PostgreSQL 15.
    const columns = server.version < 150_000 ? "" : ' ("id")';
    for (const step of [
      `ALTER ROLE "${server.account}" REPLICATION;`,
      `FOR TABLE "public"."needs"${columns};`,
      /CREATE PUBLICATION "qianzhi_needs_[0-9a-f]{8}" FOR TABLE/,
      /SELECT pg_create_logical_replication_slot\('qianzhi_needs_[0-9a-f]{8}', 'pgoutput'\);$/,
    ])
      assert.ok(typeof step === "string" ? whole.includes(step) : step.test(whole), whole);
    await runFeedScript(server, { table: ["needs"] });
    assert.equal(await script("needs"), "");
    await server.admin("ALTER TABLE needs REPLICA IDENTITY NOTHING");
    assert.equal(await script("needs"), 'ALTER TABLE "public"."needs" REPLICA IDENTITY DEFAULT;');
    await server.admin("ALTER TABLE needs REPLICA IDENTITY DEFAULT");
    const { position } = await read("needs", undefined, ["id"]);
    const [[publication] = []] = await server.admin(
      "SELECT pubname FROM pg_publication WHERE pubname LIKE 'qianzhi_needs%'",
    );
    await server.admin(`ALTER PUBLICATION ${String(publication)} DROP TABLE needs`);
    await assert.rejects(read("needs", position, ["id"]), {
      code: "QZ_SOURCE_DENIED",
      details: {
        grant: `ALTER PUBLICATION "${String(publication)}" ADD TABLE "public"."needs"${columns};`,
        name: "needs",
        operation: "LOGICAL DECODING",
        source: "legacy",
      },
    });
    await server.admin("CREATE VIEW seen AS SELECT * FROM needs; CREATE TABLE keyless (id int)");
    assert.match(await script("seen"), /only a table has a feed/);
    assert.match(await script("keyless"), /needs a primary key/);
  });

  test("is lost when the table left the publication for a while, though the slot is the same", async () => {
    const position = await fed("left");
    const [[publication] = []] = await server.admin(
      "SELECT pubname FROM pg_publication WHERE pubname LIKE 'qianzhi_left%'",
    );
    await server.admin(`ALTER PUBLICATION ${String(publication)} DROP TABLE "left"`);
    await server.admin(`INSERT INTO "left" VALUES (1, 'unseen')`);
    await runFeedScript(server, { table: ["left"] });
    await assert.rejects(read("left", position), isLost);
  });

  test("is lost to a reader that stood in another cluster, or on another timeline of it", async () => {
    const position = (await fed("restored")) as { readonly log: string };
    const [cluster, timeline] = position.log.split(":");
    for (const log of [`7${cluster}:${timeline}`, `${cluster}:00000007`])
      await assert.rejects(read("restored", { ...position, log }), isLost);
    assert.deepEqual((await read("restored", position)).changes, []);
  });

  test("tells what its slot keeps, and names those of other readers", async () => {
    const position = await fed("reader");
    await fed("forgotten");
    // Where the log ends is told of what has been written of it.
    await server.admin(
      "BEGIN; SET LOCAL synchronous_commit = on; CREATE TABLE filler AS SELECT n FROM generate_series(1, 1000) n; COMMIT",
    );
    const now = (await read("reader", undefined, ["id"])).kept;
    assert.match(now?.feed ?? "", /^qianzhi_reader_/);
    const other = now?.others?.find(({ feed }) => feed.startsWith("qianzhi_forgotten_"));
    assert.ok((other?.bytes ?? 0) > 10_000);
    assert.ok(now?.others?.every(({ feed }) => feed !== now.feed));
    const { kept } = await read("reader", position);
    assert.deepEqual([kept?.limitBytes, kept?.feed], [null, undefined]);
    assert.ok((kept?.bytes ?? 0) > 10_000);
    await server.admin(other?.removal ?? "");
    const { kept: later } = await read("reader", undefined, ["id"]);
    assert.ok(later?.others?.every(({ feed }) => feed !== other?.feed));
  });

  test("tells both keys of a row whose key was changed, long ones exactly", async () => {
    const position = await fed("moved", "id text PRIMARY KEY, v text");
    const long = "钥".repeat(700);
    await server.admin(`INSERT INTO moved VALUES ('a', '1'), ('${long}', '2')`);
    await server.admin(
      `UPDATE moved SET id = 'b' WHERE id = 'a'; UPDATE moved SET v = '3' WHERE v = '2'`,
    );
    assert.deepEqual(await told("moved", position), [
      ["delete", "a", null],
      ["upsert", "b", "1"],
      ["upsert", long, "3"],
    ]);
    assert.deepEqual(await told("moved", position, ["id"]), [
      ["delete", "a"],
      ["upsert", "b"],
      ["upsert", long],
    ]);
  });

  test("tells the row whose key lies apart from it and did not change", async () => {
    const position = await fed("apart", "id text PRIMARY KEY, v text");
    await server.admin(
      `INSERT INTO apart SELECT string_agg(md5(n::text), ''), '1' FROM generate_series(1, 80) n`,
    );
    const [[key, stored] = []] = await server.admin("SELECT id, pg_column_size(id) FROM apart");
    await server.admin("CHECKPOINT");
    const inserted = await read("apart", position);
    assert.deepEqual(inserted.changes, [{ op: "upsert", row: [key, "1"] }]);
    assert.equal(stored, 2_560, "compressed, it would lie in the row");
    await server.admin("UPDATE apart SET v = '2'");
    assert.deepEqual(await told("apart", inserted.position), [["upsert", key, "2"]]);
    await server.admin("DELETE FROM apart");
    assert.deepEqual(await told("apart", inserted.position), [["delete", key, null]]);
  });

  for (const [what, write] of [
    ["was emptied by TRUNCATE", (table: string) => `TRUNCATE ${table}`],
    [
      "was written by one transaction of more rows than are kept in memory",
      (table: string) => `INSERT INTO ${table} SELECT n, 'x' FROM generate_series(100, 51000) n`,
    ],
  ] as const)
    test(`is lost when the table ${what}, and goes on after everything was read`, async () => {
      const table = what.includes("TRUNCATE") ? "emptied" : "bulk";
      const position = await fed(table);
      await server.admin(`INSERT INTO ${table} VALUES (1, 'a')`);
      await server.admin(write(table));
      await server.admin("CHECKPOINT");
      await assert.rejects(async () => {
        // What comes before it may be told first.
        const { position: next } = await read(table, position);
        await read(table, next);
      }, isLost);
      // While another transaction is open, the new position is behind what was lost.
      const other = await server.session();
      await other.run("BEGIN; CREATE TEMP TABLE busy (n int)");
      const anew = (await read(table, undefined)).position;
      await server.admin(`INSERT INTO ${table} VALUES (2, 'b')`);
      await server.admin("CHECKPOINT");
      let changes: ChangesPage["changes"] = [];
      for (let at: unknown = anew, pages = 0; changes.length === 0 && pages < 5; pages += 1) {
        const page = await read(table, at);
        [changes, at] = [page.changes, page.position];
      }
      assert.deepEqual(changes, [{ op: "upsert", row: [2, "b"] }]);
      await other.end();
    });

  test("keeps what was told until the reader goes on behind it, and no longer", async () => {
    const position = await fed("kept");
    await server.admin("INSERT INTO kept VALUES (1, 'a')");
    await server.admin("CHECKPOINT");
    const page = await read("kept", position);
    const before = await confirmed("kept");
    await read("kept", position);
    assert.equal(await confirmed("kept"), before);
    await read("kept", page.position);
    assert.notEqual(await confirmed("kept"), before);
    await assert.rejects(read("kept", position), isLost);
  });

  test("moves over the log of other tables, so that the server need not keep it", async () => {
    const position = await fed("idle");
    await server.admin("CREATE TABLE noise AS SELECT n FROM generate_series(1, 100000) n");
    await server.admin("CHECKPOINT");
    const page = await read("idle", position);
    assert.deepEqual(page.changes, []);
    assert.notDeepEqual(page.position, position);
    const again = await read("idle", page.position);
    assert.deepEqual(again.position, page.position);
  });

  test("tells a change only once other sessions see it, however long a commit waits for a standby", async (context) => {
    const [[mode] = []] = await server.admin("SHOW synchronous_commit");
    if (mode !== "off") return context.skip("commits of other tests would wait as well");
    const position = await fed("waits");
    const writer = await server.session();
    await server.admin("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    try {
      await server.admin("SELECT pg_reload_conf()");
      await until(server, "SELECT current_setting('synchronous_standby_names') = 'nobody'");
      await writer.run("SET synchronous_commit = on");
      const commit = writer.run("INSERT INTO waits VALUES (1, 'a')");
      await until(server, "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      // In the log, and in nobody's snapshot.
      const waiting = await read("waits", position);
      const anew = await read("waits", undefined);
      assert.deepEqual(waiting.changes, []);
      await server.admin("ALTER SYSTEM RESET synchronous_standby_names");
      await server.admin("SELECT pg_reload_conf()");
      await commit;
      assert.deepEqual(await told("waits", waiting.position), [["upsert", 1, "a"]]);
      // A position of now that was taken meanwhile: the row was not to be seen then.
      assert.deepEqual(await told("waits", anew.position), [["upsert", 1, "a"]]);
    } finally {
      await server.admin("ALTER SYSTEM RESET synchronous_standby_names");
      await server.admin("SELECT pg_reload_conf()");
      await writer.end();
    }
  });
});

async function until(server: TestServer, sql: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await server.admin(sql))[0]?.[0] === true) return;
    await server.admin("SELECT pg_sleep(0.05)");
  }
  throw new Error(`never: ${sql}`);
}

test("a transaction of the log is visible when its number, of 32 bits there, is below the snapshot's and not running", () => {
  assert.equal(isVisible("100:105:100,103", 99), true);
  assert.equal(isVisible("100:105:100,103", 101), true);
  assert.equal(isVisible("100:105:100,103", 103), false);
  assert.equal(isVisible("100:105:100,103", 105), false);
  // Numbers that have gone round.
  const round = 2n ** 32n;
  assert.equal(isVisible(`${round + 1n}:${round + 5n}:${round + 1n}`, 2 ** 32 - 7), true);
  assert.equal(isVisible(`${round + 1n}:${round + 5n}:${round + 1n}`, 1), false);
  assert.equal(isVisible(`${round - 5n}:${round - 2n}:`, 3), false);
});
