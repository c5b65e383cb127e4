import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { runApart } from "./run-apart.ts";
import { simulate } from "./simulate.ts";
import { DISASTER_SEEDS, RECONCILED_SEEDS, REPLACE_SEEDS } from "./large-shape.ts";
import { LARGE_SEEDS, worldShape } from "./world-shape.ts";

const TINY_WORLDS = 2_940;
const LARGE_WORLDS = 24;
const REPLACE_WORLDS = 12;
const RECONCILED_WORLDS = 12;
const DISASTER_WORLDS = 12;
const PROCESSES = Math.min(2, availableParallelism());

const main = fileURLToPath(new URL("./main.js", import.meta.url));

describe("a site in simulated worlds of crashes, lost answers, duplicates, outages and late commits", () => {
  it(`keeps I1–I5 and I9 in each of ${TINY_WORLDS} tiny worlds, in which any one to three kinds of trouble meet`, async () => {
    const share = TINY_WORLDS / PROCESSES;
    const runs = await Promise.all(
      Array.from({ length: PROCESSES }, (_, place) => runApart(main, 1 + place * share, share)),
    );
    for (const { code, output } of runs) assert.equal(code, 0, output);
  });

  it(`keeps them in ${LARGE_WORLDS} large worlds, in which all kinds of them may meet for long`, async () => {
    const { code, output } = await runApart(main, LARGE_SEEDS + 1, LARGE_WORLDS);
    assert.equal(code, 0, output);
  });

  it(`keeps them in ${REPLACE_WORLDS} more, in which a table is replaced as a whole`, async () => {
    const { code, output } = await runApart(main, REPLACE_SEEDS + 1, REPLACE_WORLDS);
    assert.equal(code, 0, output);
  });

  it(`keeps them in ${RECONCILED_WORLDS} more, where only a reconciliation finds what differs`, async () => {
    const { code, output } = await runApart(main, RECONCILED_SEEDS + 1, RECONCILED_WORLDS);
    assert.equal(code, 0, output);
  });

  it(`keeps them in ${DISASTER_WORLDS} more, of lost and restored directories and platforms, second agents, shares that end, and clocks that are set`, async () => {
    const { code, output } = await runApart(main, DISASTER_SEEDS + 1, DISASTER_WORLDS);
    assert.equal(code, 0, output);
  });

  for (const seed of [7, 20, LARGE_SEEDS + 7, REPLACE_SEEDS + 3, DISASTER_SEEDS + 4])
    it(`does the same again for the same seed, ${seed}`, async () => {
      const [once, again] = [await simulate(worldShape(seed)), await simulate(worldShape(seed))];
      assert.deepEqual(again.script, once.script);
    });
});
