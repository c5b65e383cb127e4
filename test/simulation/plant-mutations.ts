import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mutatedProduct } from "./mutated-product.ts";
import type { Mutation } from "./mutations.ts";
import { runApart } from "./run-apart.ts";

/** Declares that the simulation notices each of these faults in a copy of the compiled product. */
export function plantMutations(mutations: readonly Mutation[]): void {
  describe("the simulation shows within some seeds that", { concurrency: 2 }, () => {
    it("nothing is wrong with an unchanged copy", async () => {
      await using product = await mutatedProduct({ edits: [] });
      const { code, output } = await runApart(product.main, 1, 3);
      assert.equal(code, 0, output);
    });

    it("a world that fails is made smaller, and fails still", async () => {
      const [mutation] = mutations;
      assert.ok(mutation);
      await using product = await mutatedProduct(mutation);
      const { from = 1, within } = mutation;
      const { output } = await runApart(product.main, from, within, "shrink");
      const [, before, after] = /shrunk from (\d+) to (\d+) events/.exec(output) ?? [];
      assert.ok(Number(after) < Number(before), output);
    });

    for (const mutation of mutations)
      it(mutation.name, async (test) => {
        await using product = await mutatedProduct(mutation);
        const { code, output } = await runApart(product.main, mutation.from ?? 1, mutation.within);
        const last = output.slice(output.lastIndexOf("\n") + 1);
        assert.equal(code, 1, `not noticed: ${last}`);
        assert.match(output, /^seed \d+ breaks:\n {2}/, "it is a violation that shows it");
        test.diagnostic(last);
      });
  });
}
