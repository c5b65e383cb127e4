import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Column, HorizonRequest, Source } from "@qianzhi/sdk";
import { horizonOf } from "../src/pipeline/horizon.ts";
import type { PipelineRun } from "../src/pipeline/pipeline-run.ts";

const column = (type: Column["type"]): Column => ({
  name: "c",
  type,
  native: type,
  nullable: false,
});

/** What of a run the horizon reads, over this source. */
const runOver = (source: Partial<Source>) =>
  ({
    source,
    request: { relation: { table: ["t"] } },
    config: { settleMs: 0 },
    state: {},
    signal: new AbortController().signal,
    world: { clock: { now: () => 0 }, timers: { sleep: () => Promise.resolve() } },
  }) as unknown as PipelineRun;

describe("the horizon of a cursor", () => {
  const below = { base64: "AAAAAAAAB9E=" };
  const asked: HorizonRequest[] = [];
  const source: Partial<Source> = {
    horizon(request) {
      asked.push(request);
      return Promise.resolve({ below, exact: true });
    },
    maximum: () => Promise.resolve(7),
  };

  test("in which the database numbers its changes is the database's own to tell", async () => {
    const horizon = await horizonOf(runOver(source), column("binary"));
    assert.deepEqual([horizon.below, horizon.exact], [below, true]);
    assert.equal(asked[0]?.cursor, "c");
  });

  test("that counts is the greatest value of a settle time ago, and never said to be exact", async () => {
    const horizon = await horizonOf(runOver(source), column("integer"));
    assert.deepEqual([horizon.below, horizon.exact], [7, false]);
    assert.equal(asked.length, 1, "the source is not asked for stamps");
  });

  test("of bytes counts as well where the source tells nothing", async () => {
    const { maximum } = source;
    const horizon = await horizonOf(runOver({ maximum: maximum! }), column("binary"));
    assert.deepEqual([horizon.below, horizon.exact], [7, false]);
  });
});
