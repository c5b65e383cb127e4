import assert from "node:assert/strict";
import { test } from "node:test";
import { isDue } from "../../src/world/is-due.ts";

test("a moment is due when it has come, and when a clock that was set back has put it off beyond reach", () => {
  assert.equal(isDue(1_000, 999, 100), false);
  assert.equal(isDue(1_000, 1_000, 100), true);
  assert.equal(isDue(1_000, 900, 100), false);
  assert.equal(isDue(1_000, 899, 100), true);
});
