import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../architecture/workspace.ts";

/** MiB of the young generation after a few polls' worth of garbage, during a load's, and once it is known to grow no more. */
const program = `
  import { getHeapSpaceStatistics } from "node:v8";
  const { boundMemory } = await import(${JSON.stringify(join(root, "agent/bin/memory.js"))});
  boundMemory();
  const young = () => getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space").space_size / 2 ** 20;
  const kept = new Array(100_000);
  async function allocate(mebibytes) {
    let most = 0;
    for (let step = 0; step < mebibytes * 10; step += 1) {
      for (let n = 0; n < 1_000; n += 1) kept[(step * 1_000 + n) % kept.length] = { a: step, b: n, c: [n, n, n, n] };
      if (step % 10 !== 0) continue;
      await new Promise(setImmediate);
      most = Math.max(most, young());
    }
    return most;
  }
  console.log(JSON.stringify([await allocate(20), await allocate(400), await allocate(100)]));
`;

describe("the memory that V8 may take beside what is in use", () => {
  test("is little until a load begins, grows with it and not beyond Node 20's own limit", () => {
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    const [resting, loaded, later] = JSON.parse(out) as [number, number, number];
    assert.ok(resting <= 4, `${resting} MiB at rest`);
    assert.ok(loaded >= 8 && loaded <= 32, `${loaded} MiB under load`);
    assert.ok(later >= 8 && later <= 32, `${later} MiB as it goes on`);
  });
});
