import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { mutatedProduct } from "../simulation/mutated-product.ts";
import type { HistoryServer } from "./history-tests.ts";
import type { HorizonMutation } from "./horizon-mutations.ts";

/** Histories that each fault is given, and how many of them must notice it at least. */
const HISTORIES = 60;
const NOTICE = 2;

/** Declares that histories on this server notice each of these faults in a copy of the compiled product. */
export function plantHorizonMutations(
  { name: server, variable }: HistoryServer,
  mutations: readonly HorizonMutation[],
  seed: string,
): void {
  const skip = process.env[variable] === undefined ? `${variable} names no server` : false;
  describe(`histories on ${server} notice that`, { skip }, () => {
    it("nothing is wrong with an unchanged copy", async () => {
      await using product = await mutatedProduct({ edits: [] }, "histories");
      const { code, output } = await runApart(product.main, server, seed);
      assert.equal(code, 0, output);
    });

    for (const { name, edits } of mutations)
      it(name, async (test) => {
        await using product = await mutatedProduct({ edits }, "histories");
        const { output } = await runApart(product.main, server, seed);
        const last = output.slice(output.lastIndexOf("\n") + 1);
        assert.ok(Number(/^\d+/.exec(last)) >= NOTICE, `hardly noticed: ${last}`);
        test.diagnostic(`${name}: ${last}`);
      });
  });
}

async function runApart(main: string, server: string, seed: string) {
  const child = spawn(process.execPath, [main, server, seed, String(HISTORIES)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: output.trimEnd() };
}
