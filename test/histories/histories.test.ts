import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { HistoryEngine } from "./engine.ts";
import { mysqlEngine } from "./mysql-engine.ts";
import { postgresEngine } from "./postgres-engine.ts";
import { runHistories } from "./run-histories.ts";

const servers = {
  MariaDB: { variable: "QIANZHI_TEST_MYSQL_URL", open: mysqlEngine },
  PostgreSQL: { variable: "QIANZHI_TEST_POSTGRES_URL", open: postgresEngine },
};

/** Longer than any transaction here, so that a poll that is not exact loses nothing either. */
const SETTLE_MS = 10_000;

for (const [name, { variable, open }] of Object.entries(servers)) {
  const url = process.env[variable];
  describe(
    `histories of concurrent transactions on ${name}`,
    {
      skip: url === undefined ? `${variable} names no server` : false,
    },
    () => {
      let engine: HistoryEngine;
      before(async () => {
        engine = await open(url ?? "");
      });
      after(() => engine[Symbol.asyncDispose]());

      test("a poll by a change column misses nothing, though transactions commit late", async (context) => {
        const outcome = await runHistories({
          engine,
          seed: "npm test",
          mode: "cursor",
          count: 100,
          settleMs: SETTLE_MS,
        });
        context.diagnostic(JSON.stringify(outcome));
        assert.deepEqual(outcome.differences, []);
        assert.ok(outcome.exact > outcome.polls / 2, "the horizon was hardly ever exact");
      });

      test("a comparison equals the source after each quiet poll", async () => {
        const outcome = await runHistories({
          engine,
          seed: "npm test",
          mode: "diff",
          count: 50,
          settleMs: SETTLE_MS,
        });
        assert.deepEqual(outcome.differences, []);
      });
    },
  );
}
