import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openStore, realWorld } from "@qianzhi/exchange";
import { quietRuns } from "../src/run/quiet-runs.ts";
import { agentSchema } from "../src/state/agent-schema.ts";
import { readPipelineState } from "../src/state/pipeline-state.ts";

test("runs that moved nothing are written together every quarter minute, and at the end", async () => {
  const directory = await mkdtemp(join(tmpdir(), "qianzhi-"));
  const clock = { ms: 1_000_000, now: () => clock.ms, monotonic: () => clock.ms };
  const world = { ...realWorld(), clock };
  const store = await openStore({ directory, world, schemas: [agentSchema] });
  try {
    const runs = quietRuns(store, () => undefined);
    const successOf = (name: string) => readPipelineState(store, name).lastSuccessAt;
    runs.note("first", clock.ms - 5);
    assert.equal(successOf("first"), clock.ms, "the first is written at once");
    clock.ms += 10_000;
    runs.note("first", clock.ms);
    runs.note("second", clock.ms);
    assert.equal(successOf("second"), null, "the next ones wait");
    clock.ms += 5_000;
    runs.note("third", clock.ms - 7);
    assert.deepEqual(["first", "second", "third"].map(successOf), [
      clock.ms - 5_000,
      clock.ms - 5_000,
      clock.ms,
    ]);
    assert.equal(readPipelineState(store, "third").lastRunAt, clock.ms - 7);
    clock.ms += 1_000;
    runs.note("second", clock.ms);
    runs.flush();
    assert.equal(successOf("second"), clock.ms);
  } finally {
    store.close();
    await rm(directory, { recursive: true });
  }
});
