import assert from "node:assert/strict";
import { test } from "node:test";
import { conformanceCases, lacking, reasonToSkip } from "../src/index.ts";
import { memoryHarness } from "./reference/memory-harness.ts";

const named = (words: string, harness = memoryHarness().harness) =>
  conformanceCases(harness).find(({ name }) => name.includes(words))!;

test("a case is left out only with the reason that the harness wrote", () => {
  const { harness } = memoryHarness();
  const each = named("words with a value");
  assert.equal(reasonToSkip(harness, each), undefined);
  const lacks = lacking("it quotes nothing", "leaky predicate");
  assert.equal(reasonToSkip({ ...harness, lacks }, each), "it quotes nothing");
});

test("a need that is neither met nor explained fails the case, by its name", async () => {
  const { leaky: _leaky, ...harness } = memoryHarness().harness;
  await assert.rejects(named("words with a value", harness).run(), /"leaky predicate"/);
});

test("a method that the adapter has not, without a reason, fails the case, by its name", async () => {
  const { harness } = memoryHarness();
  const without: typeof harness = {
    ...harness,
    async open(host) {
      const { maximum: _maximum, ...source } = await harness.open(host);
      return source;
    },
  };
  await assert.rejects(named("the maximum of a column", without).run(), /no maximum/);
});
