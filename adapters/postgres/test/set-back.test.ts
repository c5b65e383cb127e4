import assert from "node:assert/strict";
import { test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import type { ChangesPage } from "@qianzhi/sdk";
import { postgres } from "../src/index.ts";
import { runFeedScript } from "./feed-script.ts";
import { ownServer } from "./own-server.ts";

const relation = { table: ["t"] };
const never = new AbortController().signal;

test("a feed outlives a restart, and is lost where the cluster's files were set back and its log has passed the position again", async (context) => {
  await using server = await ownServer();
  const missing = await server.start();
  if (missing !== undefined) return context.skip(missing);
  const read = async (position?: unknown): Promise<ChangesPage> => {
    const source = await postgres.open(server.options, testHost());
    try {
      return await source.changes!(relation, [{ name: "id" }], position, never);
    } finally {
      await source.close();
    }
  };
  /** What a row that is written since is told by, and where the feed goes on. */
  const told = async (position: unknown, id: number): Promise<unknown> => {
    await server.admin(`INSERT INTO t VALUES (${id})`);
    await server.admin("CHECKPOINT");
    const page = await read(position);
    assert.deepEqual(page.changes, [{ op: "upsert", row: [id] }]);
    return page.position;
  };
  const logEnd = async () => String((await server.admin("SELECT pg_current_wal_lsn()"))[0]?.[0]);

  await server.admin("CREATE TABLE t (id int PRIMARY KEY)");
  await runFeedScript(server, relation);
  let position = await told((await read()).position, 1);
  position = await told(position, 2);
  await server.stop();
  server.keepFiles();
  await server.start();
  position = await told(position, 3);
  // Two reads later, as a position is when the agent stands still for a while.
  position = await told(position, 4);
  const passed = await logEnd();
  await server.stop();
  await server.setBack();
  await server.start();
  await server.admin("INSERT INTO t VALUES (9)");
  await server.admin("CREATE TABLE filler AS SELECT n FROM generate_series(1, 20000) n");
  const [[isPassed] = []] = await server.admin(
    `SELECT pg_current_wal_flush_lsn() > '${passed}'::pg_lsn`,
  );
  assert.equal(isPassed, true);
  await assert.rejects(read(position), { code: "QZ_CHANGES_LOST" });
  await told((await read()).position, 10);
});
