import assert from "node:assert/strict";
import { test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { attachAsync } from "node-firebird";
import { harness as provide } from "./harness.ts";
import { noFirebird, ownServer } from "./own-server.ts";
import { optionsOf } from "./server.ts";
import { datetime, integer } from "./test-types.ts";

const calm = new AbortController().signal;

test(
  "of several transactions in one connection, as Delphi's have them, each holds the horizon",
  { skip: noFirebird },
  async () => {
    await using server = await ownServer();
    await using harness = await provide({ QIANZHI_TEST_FIREBIRD_URL: server.url });
    const columns = [
      { name: "id", type: integer },
      { name: "t", type: datetime },
    ];
    const relation = await harness.createTable({ name: "t", key: ["id"], columns, rows: [] });
    const source = await harness.open(testHost());
    const legacy = await attachAsync(optionsOf(server.url));
    let memory: unknown;
    const poll = async () => {
      const previous = memory === undefined ? {} : { previous: memory };
      const request = { relation, cursor: "t", settleMs: 600_000, ...previous };
      const horizon = await source.horizon!(request, calm);
      memory = horizon.memory;
      return String(horizon.below);
    };
    const begin = async (id: number) => {
      const transaction = await legacy.transactionAsync();
      await transaction.executeAsync(`INSERT INTO "t" VALUES (${id}, CURRENT_TIMESTAMP)`);
      const sql = `SELECT CAST("t" AS VARCHAR(24)) FROM "t" WHERE "id" = ${id}`;
      const [[stamp] = []] = await transaction.executeAsync<string[]>(sql);
      return { transaction, stamp: String(stamp) };
    };
    const holdsFor = async (stamp: string, what: string) => {
      for (let round = 0; round < 3; round += 1) {
        // Polls of one moment share one look.
        await new Promise((resolve) => setTimeout(resolve, 600));
        assert.ok((await poll()) <= stamp, `${what}, poll ${round}`);
      }
    };
    try {
      await poll();
      const first = await begin(1);
      const second = await begin(2);
      const third = await begin(3);
      await holdsFor(first.stamp, "the first");
      await first.transaction.commitAsync();
      await holdsFor(second.stamp, "the second, once the first has ended");
      await third.transaction.commitAsync();
      await holdsFor(second.stamp, "the second, once the third has ended");
      await second.transaction.commitAsync();
    } finally {
      await legacy.detachAsync(true);
      await source.close();
    }
  },
);
