import assert from "node:assert/strict";
import { test } from "node:test";
import { root } from "../architecture/workspace.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { runProgram } from "./run-program.ts";

/** The oldest Node that must work, and the one that the offline bundle ships: their own decoders differ. */
for (const version of ["20.19", "24"])
  test(`bytes are the same texts on Node ${version}, over whole code planes`, async (t) => {
    const runtime = await nodeRuntime(version, `${root}/.cache`);
    if ("missing" in runtime) return t.skip(runtime.missing);
    const environment = { NODE_NO_WARNINGS: "1", NODE_TEST_CONTEXT: "" };
    const args = ["--test-reporter=tap", `${root}/agent/dist/test/decode.test.js`];
    const { code, output } = await runProgram(runtime.program, args, { cwd: root, environment });
    assert.equal(code, 0, output);
    assert.match(output, /# pass [1-9]\d/);
  });
