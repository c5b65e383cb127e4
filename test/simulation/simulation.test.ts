import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeFailure, runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulate.ts";

const SEEDS = 40;

describe("a site in a simulated world of crashes, lost answers, duplicates, outages and late commits", () => {
  it(`keeps I1–I5, I7 and I9 in ${SEEDS} worlds`, async () => {
    const { failed } = await runSeeds(1, SEEDS);
    assert.ok(failed === undefined, failed && describeFailure(failed));
  });

  it("does the same again for the same seed", async () => {
    const [once, again] = [await simulate(7), await simulate(7)];
    assert.deepEqual(again.script, once.script);
  });
});
