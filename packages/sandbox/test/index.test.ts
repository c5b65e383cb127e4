import assert from "node:assert/strict";
import { test } from "node:test";
import * as sandbox from "../src/index.ts";

test("the package exports these names and no others", () => {
  assert.deepEqual(Object.keys(sandbox).sort(), [
    "createHandler",
    "createPlatform",
    "defaultLimits",
    "platformCases",
    "realWorld",
    "startSandbox",
    "verificationResource",
    "verifyPlatform",
  ]);
});
