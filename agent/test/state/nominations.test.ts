import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "@qianzhi/exchange";
import { agentSchema } from "../../src/state/agent-schema.ts";
import { openNominations, RETRY_REFUSED_MS } from "../../src/state/nominations.ts";

test("a key that was nominated before the wall clock was set back is read again all the same", async (context) => {
  const database = await openDatabase(":memory:");
  context.after(() => database.close());
  for (const migration of agentSchema.migrations) database.exec(migration);
  let now = 1_000_000_000;
  const clock = { now: () => now, monotonic: () => 0 };
  const nominations = openNominations(database, "p", clock);
  nominations.add([{ sourceKey: "[1]", deletedKey: null }], now + RETRY_REFUSED_MS);
  assert.deepEqual(nominations.due(10), []);
  now += RETRY_REFUSED_MS;
  assert.equal(nominations.due(10).length, 1);
  now -= 24 * 3_600_000;
  assert.equal(nominations.due(10).length, 1);
});
