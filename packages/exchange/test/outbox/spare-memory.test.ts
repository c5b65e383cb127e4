import assert from "node:assert/strict";
import { test } from "node:test";
import { spending, takeMemory } from "../../src/outbox/spare-memory.ts";

test("memory that was given back twice is lent to one taker alone", () => {
  const first = takeMemory(70_000);
  const spend = spending(first);
  spend();
  assert.equal(takeMemory(60_000), first);
  spend();
  assert.notEqual(takeMemory(60_000), first);
});

test("a little memory is not taken from what a batch needs", () => {
  const large = takeMemory(1_000_000);
  spending(large)();
  assert.notEqual(takeMemory(1_000), large);
  assert.equal(takeMemory(900_000), large);
});

test("only so much is kept", () => {
  const pieces = Array.from({ length: 20 }, () => takeMemory(1 << 20));
  for (const piece of pieces) spending(piece)();
  const again = pieces.map(() => takeMemory(1 << 20));
  assert.ok(again.filter((piece) => pieces.includes(piece)).length <= 8);
});
