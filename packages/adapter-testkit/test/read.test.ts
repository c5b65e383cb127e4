import assert from "node:assert/strict";
import { test } from "node:test";
import { positionOf } from "../src/read.ts";

test("a position of bytes survives JSON", () => {
  const position = positionOf(Uint8Array.of(0, 255));
  assert.deepEqual(JSON.parse(JSON.stringify(position)), { base64: "AP8=" });
});
